package dev.millrace.jobs.bench;

import dev.millrace.accelerator.MemoryScope;
import dev.millrace.jobs.bench.Row.Reference;
import dev.millrace.jobs.output.AvroOutput;
import dev.millrace.jobs.output.TableWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.util.FileUtils;

/** VECTOR_SEARCH through a graph beside the same search of every item, in jobs written in SQL. */
final class VectorSearchMeasurement implements Measurement {

  private static final String RECALL = "vector-search-graph";
  private static final String WHAT_OF_RECALL =
      "VECTOR_SEARCH of %,d made-up items of 384 numbers through the graph: of the ten nearest, the"
          + " share that is found.";
  private static final Requirement REQUIREMENT_OF_RECALL = Requirement.atLeast(0.95);
  private static final String SPEED = "vector-search-graph-vs-exact";
  private static final String WHAT_OF_SPEED =
      "The same: searches by the processor time of the process, the building of the graph not"
          + " counted, against a search of every item.";
  private static final Requirement REQUIREMENT_OF_SPEED = Requirement.atLeast(5);
  private static final String EXACT = "exact";
  private static final int TOP = 10;

  /** What {@code millrace sql} sets. */
  private static final int IN_FLIGHT = 256;

  private static final Schema COLUMNS =
      new Schema(
          List.of(
              new Field("item", FieldType.notNullable(new ArrowType.Int(Long.SIZE, true)), null),
              new Field(
                  "embedding",
                  FieldType.notNullable(new ArrowType.FixedSizeList(ClusteredVectors.DIMENSIONS)),
                  List.of(
                      new Field(
                          "item",
                          FieldType.notNullable(
                              new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE)),
                          null)))));
  private static final int ROWS_AT_ONCE = 1_000;

  /** What the searches of the job that is under way found; one at a time. */
  private static final Queue<Found> FOUND = new ConcurrentLinkedQueue<>();

  private record Found(long search, long item) {}

  private final int items;
  private final int searches;

  /**
   * @param searches each for an item that is not there
   */
  VectorSearchMeasurement(int items, int searches) {
    this.items = items;
    this.searches = searches;
  }

  @Override
  public List<String> rows() {
    return List.of(RECALL, SPEED);
  }

  @Override
  public double weight(Bench bench) {
    return 40;
  }

  /** The graph of so many items takes minutes. */
  @Override
  public boolean onlyIfNamed() {
    return true;
  }

  @Override
  public void run(Bench bench, Duration time, Report report) throws Exception {
    Path folder = Files.createTempDirectory("millrace-bench-items-");
    try {
      write(folder.resolve("items.avro"));
      Map<Long, Set<Long>> nearest = new LinkedHashMap<>();
      Samples exact = new Samples(search(bench.cluster(), folder, "exact", nearest));
      report.say("searching every item is done; the graph is built");
      Map<Long, Set<Long>> found = new LinkedHashMap<>();
      Samples graph = new Samples(search(bench.cluster(), folder, "approximate", found));
      if (bench.wants(RECALL)) {
        report.add(
            Row.absolute(
                RECALL,
                WHAT_OF_RECALL.formatted(items),
                "of them",
                new Samples(share(found, nearest)),
                REQUIREMENT_OF_RECALL));
      }
      if (bench.wants(SPEED)) {
        report.add(
            Row.against(
                SPEED,
                WHAT_OF_SPEED,
                "searches/s a core",
                graph,
                new Reference(EXACT, exact),
                REQUIREMENT_OF_SPEED));
      }
    } finally {
      FileUtils.deleteDirectory(folder.toFile());
    }
  }

  private void write(Path file) throws IOException {
    ClusteredVectors vectors = new ClusteredVectors();
    try (MemoryScope scope = MemoryScope.open("items to search");
        OutputStream out = Files.newOutputStream(file);
        TableWriter writer = new AvroOutput().open(out, COLUMNS);
        VectorSchemaRoot root = VectorSchemaRoot.create(COLUMNS, scope.allocator())) {
      BigIntVector numbers = (BigIntVector) root.getVector("item");
      FixedSizeListVector lists = (FixedSizeListVector) root.getVector("embedding");
      Float4Vector values = (Float4Vector) lists.getDataVector();
      for (int from = 0; from < items; from += ROWS_AT_ONCE) {
        int rows = Math.min(ROWS_AT_ONCE, items - from);
        for (int row = 0; row < rows; row++) {
          float[] vector = vectors.of(from + row);
          numbers.setSafe(row, from + row);
          lists.setNotNull(row);
          for (int i = 0; i < vector.length; i++) {
            values.setSafe(row * vector.length + i, vector[i]);
          }
        }
        root.setRowCount(rows);
        writer.write(root);
      }
    }
  }

  /**
   * Runs a job that searches. Its source begins when the index is there.
   *
   * @param found gets for each search the items
   * @return searches by the processor time of the process
   */
  private double search(JobCluster cluster, Path folder, String how, Map<Long, Set<Long>> found)
      throws Exception {
    List<String> numbers = IntStream.range(0, searches).mapToObj(Integer::toString).toList();
    try (JobRun run = new JobRun(numbers, searches, JobRun.Watcher.NONE)) {
      StreamExecutionEnvironment environment = JobCluster.environment(1);
      StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
      tables
          .getConfig()
          .set(
              ExecutionConfigOptions.TABLE_EXEC_ASYNC_VECTOR_SEARCH_MAX_CONCURRENT_OPERATIONS,
              IN_FLIGHT);
      tables.createTemporaryView(
          "wanted",
          TextSource.of(environment, run)
              .map(new Wanted())
              .returns(
                  Types.ROW_NAMED(
                      new String[] {"number", "vector"},
                      Types.LONG,
                      Types.OBJECT_ARRAY(Types.FLOAT))));
      tables.executeSql(
          "CREATE TEMPORARY TABLE items (item BIGINT, embedding ARRAY<FLOAT>) WITH"
              + SqlContender.with(
                  Map.of(
                      "connector",
                      "millrace-index",
                      "search",
                      how,
                      "items.path",
                      folder.toString(),
                      "items.format",
                      "avro")));
      tables
          .toDataStream(
              tables.sqlQuery(
                  "SELECT number, item FROM wanted, LATERAL TABLE(VECTOR_SEARCH("
                      + "SEARCH_TABLE => TABLE items, COLUMN_TO_SEARCH => DESCRIPTOR(embedding),"
                      + " COLUMN_TO_QUERY => wanted.vector, TOP_K => "
                      + TOP
                      + "))"))
          .map(new Keep(run.number()))
          .returns(Types.LONG)
          .sinkTo(new DiscardingSink<>());
      cluster.run(environment);
      run.requireAll();
      for (Found one : FOUND) {
        found.computeIfAbsent(one.search(), search -> new HashSet<>()).add(one.item());
      }
      return searches / run.cpuSeconds();
    } finally {
      FOUND.clear();
    }
  }

  private static double share(Map<Long, Set<Long>> found, Map<Long, Set<Long>> nearest) {
    long all = 0;
    long common = 0;
    for (Map.Entry<Long, Set<Long>> search : nearest.entrySet()) {
      Set<Long> there = found.getOrDefault(search.getKey(), Set.of());
      all += search.getValue().size();
      common += search.getValue().stream().filter(there::contains).count();
    }
    return (double) common / all;
  }

  /** From a search's number to its vector, which no item has. */
  private static final class Wanted implements MapFunction<String, org.apache.flink.types.Row> {
    private static final long serialVersionUID = 1L;

    private final ClusteredVectors vectors = new ClusteredVectors();

    @Override
    public org.apache.flink.types.Row map(String number) {
      long search = Long.parseLong(number);
      float[] vector = vectors.of(-1 - search);
      Float[] boxed = new Float[vector.length];
      for (int i = 0; i < boxed.length; i++) {
        boxed[i] = vector[i];
      }
      return org.apache.flink.types.Row.of(search, boxed);
    }
  }

  /** Keeps what was found. The rows of a search come one after another. */
  private static final class Keep implements MapFunction<org.apache.flink.types.Row, Long> {
    private static final long serialVersionUID = 1L;

    private final long run;
    private int rows;

    Keep(long run) {
      this.run = run;
    }

    @Override
    public Long map(org.apache.flink.types.Row row) {
      long item = (Long) row.getFieldAs(1);
      FOUND.add(new Found(row.getFieldAs(0), item));
      if (++rows % TOP == 0) {
        JobRun.of(run).receive((float) item);
      }
      return item;
    }
  }
}
