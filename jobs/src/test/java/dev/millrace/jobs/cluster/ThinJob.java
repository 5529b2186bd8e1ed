package dev.millrace.jobs.cluster;

import dev.millrace.operators.InferenceSettings;
import dev.millrace.pipelines.Embed;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;

/** A user's job. Its jar holds this class alone. */
public final class ThinJob {

  private ThinJob() {}

  /** Embeds three texts and says so. */
  public static void main(String[] args) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    int texts = 0;
    int numbers = 0;
    try (CloseableIterator<Tuple2<String, float[]>> rows =
        Embed.stream(
                "embed",
                env.fromData("white lantern", "red mug", "green " + args[0]),
                text -> text,
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
