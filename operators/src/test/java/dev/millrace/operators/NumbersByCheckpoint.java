package dev.millrace.operators;

import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimitedSourceReader;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;

/** Numbers, so many of them before the next checkpoint must complete. It ends between two. */
final class NumbersByCheckpoint extends NumberSequenceSource {

  private static final long serialVersionUID = 1L;

  private final int eachCheckpoint;

  /**
   * @param count numbers from 0
   * @param eachCheckpoint how many of them at most between two checkpoints, over all subtasks
   */
  NumbersByCheckpoint(long count, int eachCheckpoint) {
    super(0, count - 1);
    this.eachCheckpoint = eachCheckpoint;
  }

  @Override
  // Flink's strategies give limiters without a type.
  @SuppressWarnings("unchecked")
  public SourceReader<Long, NumberSequenceSplit> createReader(SourceReaderContext context) {
    return new RateLimitedSourceReader<>(
        super.createReader(context),
        RateLimiterStrategy.perCheckpoint(eachCheckpoint)
            .createRateLimiter(context.currentParallelism()));
  }
}
