package dev.millrace.pipelines.sql.index;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.AsyncVectorSearchFunction;
import org.apache.flink.table.functions.FunctionContext;
import org.jspecify.annotations.Nullable;

/**
 * Searches an index for the rows of a subtask, on a thread of its own: those that are there
 * together are searched for together.
 *
 * <p>Public because code that Flink generates calls it; users have no use for it.
 */
public final class IndexSearchFunction extends AsyncVectorSearchFunction {

  private static final long serialVersionUID = 1L;

  private static final int MOST_AT_ONCE = 32;

  private final ItemSource source;
  private final IndexSettings settings;
  private transient @Nullable ItemIndex index;
  private transient @Nullable ExecutorService thread;
  private transient @Nullable Queue<Search> inbox;
  private transient @Nullable AtomicBoolean summoned;

  IndexSearchFunction(ItemSource source, IndexSettings settings) {
    this.source = source;
    this.settings = settings;
  }

  @Override
  public void open(FunctionContext context) throws Exception {
    index = SharedIndexes.open(source, settings, context.getUserCodeClassLoader());
    inbox = new ConcurrentLinkedQueue<>();
    summoned = new AtomicBoolean();
    thread = Threads.start("millrace search in " + source.name(), 1);
  }

  @Override
  public CompletableFuture<Collection<RowData>> asyncVectorSearch(int topK, RowData query) {
    if (query.isNullAt(0)) {
      return CompletableFuture.completedFuture(List.of());
    }
    Search search = new Search(source.layout().vector(query.getArray(0)), topK);
    Objects.requireNonNull(inbox, "The function is not open.").add(search);
    if (Objects.requireNonNull(summoned).compareAndSet(false, true)) {
      Objects.requireNonNull(thread).execute(this::searchAll);
    }
    return search.rows;
  }

  private void searchAll() {
    Objects.requireNonNull(summoned).set(false);
    Queue<Search> waiting = Objects.requireNonNull(inbox);
    while (!waiting.isEmpty() && !Objects.requireNonNull(thread).isShutdown()) {
      List<Search> together = new ArrayList<>();
      for (Search next = waiting.poll();
          next != null;
          next = together.size() < MOST_AT_ONCE ? waiting.poll() : null) {
        together.add(next);
      }
      search(together);
    }
  }

  private void search(List<Search> together) {
    ItemIndex searched = Objects.requireNonNull(index);
    try {
      List<Nearest> found =
          searched.search(
              together.stream().map(search -> search.vector).toList(),
              together.stream().map(search -> search.topK).toList());
      for (int i = 0; i < together.size(); i++) {
        together.get(i).rows.complete(searched.rows(found.get(i)));
      }
    } catch (RuntimeException | Error failure) {
      together.forEach(search -> search.rows.completeExceptionally(failure));
    }
  }

  @Override
  public void close() throws Exception {
    ExecutorService ending = thread;
    if (ending != null) {
      Threads.end(ending);
      thread = null;
    }
    if (index != null) {
      index = null;
      SharedIndexes.close(source);
    }
  }

  /** What a row asks for. */
  private static final class Search {
    final float[] vector;
    final int topK;
    final CompletableFuture<Collection<RowData>> rows = new CompletableFuture<>();

    Search(float[] vector, int topK) {
      this.vector = vector;
      this.topK = topK;
    }
  }
}
