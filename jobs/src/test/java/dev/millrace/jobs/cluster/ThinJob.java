package dev.millrace.jobs.cluster;

import dev.millrace.operators.InferenceSettings;
import dev.millrace.pipelines.Embed;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;

/** A user's job. Its jar holds this class alone. */
public final class ThinJob {

  private ThinJob() {}

  /** Writes the jar, for clusters that have Millrace's in their {@code lib} folder. */
  public static Path jar(Path folder) throws IOException {
    Path jar = folder.resolve("thin.jar");
    String entry = ThinJob.class.getName().replace('.', '/') + ".class";
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        InputStream in =
            Objects.requireNonNull(ThinJob.class.getClassLoader().getResourceAsStream(entry))) {
      out.putNextEntry(new JarEntry(entry));
      in.transferTo(out);
      out.closeEntry();
    }
    return jar;
  }

  /**
   * Embeds three texts and says so.
   *
   * @param args how often, each time in a job of its own
   */
  public static void main(String[] args) throws Exception {
    for (int i = 0; i < Integer.parseInt(args[0]); i++) {
      embed("mug " + i);
    }
  }

  private static void embed(String text) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    int texts = 0;
    int numbers = 0;
    try (CloseableIterator<Tuple2<String, float[]>> rows =
        Embed.stream(
                "embed",
                env.fromData("white lantern", "red mug", text),
                one -> one,
                InferenceSettings.from(new Configuration()))
            .rows()
            .executeAndCollect()) {
      while (rows.hasNext()) {
        numbers = rows.next().f1.length;
        texts++;
      }
    }
    System.out.println(texts + " texts became vectors of " + numbers + " numbers");
  }
}
