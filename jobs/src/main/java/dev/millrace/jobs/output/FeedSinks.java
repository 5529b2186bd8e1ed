package dev.millrace.jobs.output;

import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.Recommendation;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.fs.Path;
import org.apache.flink.formats.avro.AvroWriterFactory;
import org.apache.flink.formats.avro.AvroWriters;
import org.apache.flink.streaming.api.functions.sink.filesystem.OutputFileConfig;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.BasePathBucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;

/** Sinks that write files. What is in a file with its final name is committed, exactly once. */
public final class FeedSinks {

  private FeedSinks() {}

  /** The feed. */
  public static FileSink<Recommendation> recommendations(Path folder, OutputFormat format) {
    return switch (format) {
      case AVRO ->
          bulk(folder, AvroWriters.forSpecificRecord(Recommendation.class), OutputFolder.AVRO);
      case JSONL ->
          FileSink.forRowFormat(folder, new JsonLines())
              .withBucketAssigner(new BasePathBucketAssigner<>())
              .withRollingPolicy(OnCheckpointRollingPolicy.build())
              .withOutputFileConfig(names(OutputFolder.JSONL))
              .build();
    };
  }

  /** The dead letters. The folder is made with the first of them. */
  public static FileSink<DeadLetter> deadLetters(Path folder) {
    return bulk(folder, AvroWriters.forSpecificRecord(DeadLetter.class), OutputFolder.AVRO);
  }

  private static <T> FileSink<T> bulk(Path folder, AvroWriterFactory<T> writer, String ending) {
    return FileSink.forBulkFormat(folder, writer)
        .withBucketAssigner(new BasePathBucketAssigner<>())
        .withRollingPolicy(OnCheckpointRollingPolicy.build())
        .withOutputFileConfig(names(ending))
        .build();
  }

  private static OutputFileConfig names(String ending) {
    return OutputFileConfig.builder()
        .withPartPrefix(OutputFolder.PREFIX)
        .withPartSuffix(ending)
        .build();
  }
}
