package dev.millrace.jobs.backfill;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.pipelines.Embed;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** The wiring: source, model and files in one chain, so that no batch is copied on its way. */
final class BackfillJob {

  private BackfillJob() {}

  /** Adds the job to an environment. */
  static void build(StreamExecutionEnvironment env, BackfillSettings settings) {
    env.setParallelism(settings.parallelism());
    // What is done is known by the files: a checkpoint would resume in the middle of one.
    env.getCheckpointConfig().disableCheckpointing();
    DataStream<ArrowBatch> rows =
        env.fromSource(
                PartFormat.source(
                    settings.format(),
                    settings.plan(),
                    settings.selection(),
                    settings.folder(),
                    settings.parallelism()),
                WatermarkStrategy.noWatermarks(),
                "rows")
            .uid("rows");
    Embed.batchesWithDeadLetters("embed", rows, settings.textColumn(), settings.inference())
        .transform(
            "files",
            Types.LONG,
            new PartWriter(
                settings.plan(),
                settings.folder(),
                settings.output().output(),
                settings.selection().columns(),
                settings.vectorColumn()))
        .uid("files")
        .sinkTo(new DiscardingSink<>())
        .name("end")
        .uid("end");
  }
}
