package dev.millrace.jobs.lookup;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;

/** A look-up as the end of a stream. */
public final class Lookup {

  private Lookup() {}

  /**
   * Serves what a stream tells, over HTTP, from the process in which the one subtask of its end
   * runs. It is exactly once in that a restart goes on from the last checkpoint; what is served may
   * be ahead of it.
   */
  public static void serve(DataStream<LookupEvent> events, LookupSettings settings) {
    events
        .keyBy(event -> event.key)
        .transform("look-up", TypeInformation.of(LookupEvent.class), new LookupOperator(settings))
        .forceNonParallel()
        .name("look-up")
        .uid("look-up");
  }
}
