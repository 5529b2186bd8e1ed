package dev.millrace.accelerator.telemetry;

import dev.millrace.accelerator.DeviceReading;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Asks a Prometheus exporter, and picks the samples with a device's labels. */
final class PrometheusTelemetry implements Telemetry {

  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int OK = 200;

  private final URI page;
  private final Map<String, String> labels;

  private PrometheusTelemetry(URI page, Map<String, String> labels) {
    this.page = page;
    this.labels = labels;
  }

  /** The query of the URL is no query: it tells the labels. */
  static PrometheusTelemetry of(URI url) {
    Map<String, String> labels = new LinkedHashMap<>();
    String query = url.getQuery();
    if (url.getHost() == null) {
      throw new IllegalArgumentException("it names no host");
    }
    if (query != null) {
      for (String pair : query.split("&", -1)) {
        int equals = pair.indexOf('=');
        if (equals < 1) {
          throw new IllegalArgumentException("a label has no name");
        }
        labels.put(pair.substring(0, equals), pair.substring(equals + 1));
      }
    }
    return new PrometheusTelemetry(
        URI.create(url.getScheme() + "://" + url.getRawAuthority() + url.getRawPath()), labels);
  }

  @Override
  public DeviceReading read() throws IOException, InterruptedException {
    HttpResponse<String> response =
        Clients.SHARED.send(
            HttpRequest.newBuilder(page).timeout(TIMEOUT).build(),
            HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != OK) {
      throw new IOException(this + " answered with the status " + response.statusCode());
    }
    List<Sample> own =
        Sample.parse(response.body()).stream()
            .filter(sample -> sample.labels().entrySet().containsAll(labels.entrySet()))
            .toList();
    DeviceReading reading = Exporters.read(own);
    if (reading.equals(DeviceReading.NOTHING)) {
      throw new IOException(
          this
              + " has no sample of a known exporter with the labels "
              + labels
              + ". Look at the page for the labels of the device");
    }
    return reading;
  }

  @Override
  public String toString() {
    // A URL may hold a password.
    return page.getScheme() + "://" + page.getHost() + ":" + page.getPort() + page.getPath();
  }

  /** Made when the first exporter is asked: it has threads of its own. */
  private static final class Clients {
    static final HttpClient SHARED = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  }
}
