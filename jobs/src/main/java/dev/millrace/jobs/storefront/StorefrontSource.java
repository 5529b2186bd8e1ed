package dev.millrace.jobs.storefront;

import dev.millrace.jobs.input.SourceRow;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.api.java.typeutils.ListTypeInfo;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.jspecify.annotations.Nullable;

/**
 * The storefront as a source: an event is a list of rows. Run it at parallelism 1, so that event
 * time moves forwards.
 */
public final class StorefrontSource {

  private static final double BASKETS_A_SECOND = 300;

  private StorefrontSource() {}

  /** A shop that sells for so long by the clock and then closes. */
  public static DataGeneratorSource<List<SourceRow>> of(long seed, Duration duration) {
    double seconds = Math.max(0.001, duration.toMillis() / 1000.0);
    long baskets = Math.max(1, Math.round(seconds * BASKETS_A_SECOND));
    long events = new Storefront(seed, baskets).events();
    return new DataGeneratorSource<>(
        new Generator(seed, baskets),
        events,
        RateLimiterStrategy.perSecond(events / seconds),
        new ListTypeInfo<>(TypeInformation.of(SourceRow.class)));
  }

  private static final class Generator implements GeneratorFunction<Long, List<SourceRow>> {
    private static final long serialVersionUID = 1L;

    private final long seed;
    private final long baskets;
    private transient @Nullable Storefront storefront;

    Generator(long seed, long baskets) {
      this.seed = seed;
      this.baskets = baskets;
    }

    @Override
    public void open(SourceReaderContext context) {
      storefront();
    }

    private Storefront storefront() {
      Storefront open = storefront;
      if (open == null) {
        open = new Storefront(seed, baskets);
        storefront = open;
      }
      return open;
    }

    @Override
    public List<SourceRow> map(Long index) {
      return storefront().event(index);
    }
  }
}
