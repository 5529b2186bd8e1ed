package dev.millrace.jobs.lookup;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Which path answers what. Everything is read only and comes from memory. */
final class LookupRoutes {

  private static final String JSON = "application/json";
  private static final String EVENTS = "text/event-stream";
  private static final String PEOPLE = "/people";
  private static final String RATES = "/rates";
  private static final int MOST_NAMES = 100;
  private static final int NAMES = 20;

  private static final Map<String, String> SAFETY =
      Map.of(
          "content-security-policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src"
              + " 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          "x-content-type-options",
          "nosniff",
          "referrer-policy",
          "no-referrer",
          "cross-origin-resource-policy",
          "same-origin",
          "cache-control",
          "no-cache");

  private final @Nullable LoopbackHosts hosts;
  private final Supplier<LookupStore> store;
  private final Flux<byte[]> rates;

  LookupRoutes(LookupAddress address, Supplier<LookupStore> store, Flux<byte[]> rates) {
    this.hosts = address.loopback() ? new LoopbackHosts(address.host()) : null;
    this.store = store;
    this.rates = rates;
  }

  /** Answers one request. */
  Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
    SAFETY.forEach(response::header);
    if (hosts != null && !hosts.allow(request.requestHeaders().get(HttpHeaderNames.HOST))) {
      return refuse(
          request,
          response,
          HttpResponseStatus.MISDIRECTED_REQUEST,
          "This look-up is of this machine only: ask for localhost.");
    }
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      response.header(HttpHeaderNames.ALLOW, "GET, HEAD");
      return refuse(
          request,
          response,
          HttpResponseStatus.METHOD_NOT_ALLOWED,
          "Everything here is read only.");
    }
    try {
      return route(request, response, new QueryStringDecoder(request.uri()));
    } catch (IllegalArgumentException malformed) {
      return refuse(
          request, response, HttpResponseStatus.BAD_REQUEST, "The address cannot be read.");
    }
  }

  private Publisher<Void> route(
      HttpServerRequest request, HttpServerResponse response, QueryStringDecoder uri) {
    String path = uri.rawPath();
    Page page = Page.at(path);
    if (page != null) {
      return send(request, response, page.type, page.bytes());
    }
    if (path.equals(RATES)) {
      return rates(request, response);
    }
    if (path.equals(PEOPLE)) {
      return people(request, response, uri);
    }
    if (path.startsWith(PEOPLE + "/")) {
      return person(
          request,
          response,
          QueryStringDecoder.decodeComponent(
              path.substring(PEOPLE.length() + 1).replace("+", "%2B")));
    }
    return refuse(
        request,
        response,
        HttpResponseStatus.NOT_FOUND,
        "Nothing is here. There are /, /people, /people/USER and /rates.");
  }

  private Publisher<Void> rates(HttpServerRequest request, HttpServerResponse response) {
    String accepts = request.requestHeaders().get(HttpHeaderNames.ACCEPT, "");
    if (!accepts.contains(EVENTS) || request.method().equals(HttpMethod.HEAD)) {
      return rates.next().flatMap(now -> Mono.from(send(request, response, JSON, now)));
    }
    return response.sse().send(rates.map(LookupRoutes::event), event -> true);
  }

  private static ByteBuf event(byte[] json) {
    return Unpooled.wrappedBuffer(
        "event: rates\ndata: ".getBytes(StandardCharsets.US_ASCII),
        json,
        "\n\n".getBytes(StandardCharsets.US_ASCII));
  }

  private Publisher<Void> people(
      HttpServerRequest request, HttpServerResponse response, QueryStringDecoder uri) {
    String prefix = first(uri, "prefix", "");
    String written = first(uri, "limit", String.valueOf(NAMES));
    int limit = written.matches("\\d{1,4}") ? Integer.parseInt(written) : 0;
    if (limit < 1 || limit > MOST_NAMES) {
      return refuse(
          request,
          response,
          HttpResponseStatus.BAD_REQUEST,
          "limit must be from 1 to " + MOST_NAMES + ".");
    }
    LookupStore now = store.get();
    List<String> names = prefix.isEmpty() ? now.recent(limit) : now.find(prefix, limit);
    return send(request, response, JSON, LookupJson.people(names, now));
  }

  private static String first(QueryStringDecoder uri, String name, String otherwise) {
    List<String> values = uri.parameters().get(name);
    return values == null ? otherwise : values.get(0);
  }

  private Publisher<Void> person(
      HttpServerRequest request, HttpServerResponse response, String userId) {
    LookupStore now = store.get();
    LookupPerson person = now.person(userId);
    if (person == null) {
      return refuse(
          request,
          response,
          HttpResponseStatus.NOT_FOUND,
          "Nobody of that name is known here now.");
    }
    byte[] answer = LookupJson.person(userId, person, now);
    String tag = tag(answer);
    response.header(HttpHeaderNames.ETAG, tag);
    if (tag.equals(request.requestHeaders().get(HttpHeaderNames.IF_NONE_MATCH))) {
      return response.status(HttpResponseStatus.NOT_MODIFIED).send();
    }
    return send(request, response, JSON, answer);
  }

  /** Answers that are the same have the same. */
  private static String tag(byte[] answer) {
    CRC32 sum = new CRC32();
    sum.update(answer);
    return "\"%x-%08x\"".formatted(answer.length, sum.getValue());
  }

  private static Publisher<Void> refuse(
      HttpServerRequest request,
      HttpServerResponse response,
      HttpResponseStatus status,
      String message) {
    response.status(status);
    return send(request, response, JSON, LookupJson.error(message));
  }

  private static Publisher<Void> send(
      HttpServerRequest request, HttpServerResponse response, String type, byte[] body) {
    response
        .header(HttpHeaderNames.CONTENT_TYPE, type)
        .header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(body.length));
    return request.method().equals(HttpMethod.HEAD)
        ? response.send()
        : response.sendByteArray(Mono.just(body));
  }
}
