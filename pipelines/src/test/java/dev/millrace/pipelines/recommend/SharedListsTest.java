package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.OffHeapMemory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.state.DefaultOperatorStateBackendBuilder;
import org.apache.flink.runtime.state.OperatorStateBackend;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The catalogues of several subtasks in one process, and their checkpoints. */
class SharedListsTest {
  private static final int ITEMS = 400;
  private static final int EVENTS = 4_000;
  private static final int LISTED = 12;

  /** As earlier versions of Millrace described the same state. */
  private static final MapStateDescriptor<String, ItemState> PLAIN =
      new MapStateDescriptor<>("items", Types.STRING, TypeInformation.of(ItemState.class));

  private final RecommendSettings settings = RecommendSettings.of(10, "", "");
  private final JobID job = new JobID();
  private final SharedLists lists = SharedLists.join(job);
  private long bytesBefore;

  @BeforeEach
  void count() {
    bytesBefore = OffHeapMemory.allocatedBytes();
  }

  @AfterEach
  void close() {
    lists.close();
  }

  /** A subtask. */
  private final class Member implements AutoCloseable {
    final SharedLists joined = SharedLists.join(job);
    final Catalogue catalogue = new Catalogue(settings, joined);

    /** What the catalogue has been told, by the plainest means: companions by item. */
    final Map<String, CompanionList> model = new TreeMap<>();

    void apply(CatalogueEvent event) {
      catalogue.add(event);
      catalogue.advance(event.time + 1);
      CompanionList told = event.companions;
      if (told != null) {
        model.put(told.itemId, told);
      }
    }

    void check(long seed) {
      for (CompanionList expected : model.values()) {
        ItemState item = Objects.requireNonNull(catalogue.item(expected.itemId));
        StoredCompanions list = Objects.requireNonNull(catalogue.companions(item));
        assertThat(list.total()).as("seed %d", seed).isEqualTo(expected.total);
        assertThat(list.last()).as("seed %d", seed).isEqualTo(expected.last);
        assertThat(list.size()).as("seed %d", seed).isEqualTo(expected.others.length);
        for (int i = 0; i < list.size(); i++) {
          assertThat(catalogue.known(list.other(i)).id).isEqualTo(expected.others[i]);
          assertThat(list.weight(i)).isEqualTo(expected.weights[i]);
        }
      }
    }

    @Override
    public void close() {
      catalogue.close();
      joined.close();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void areInTheProcessOnceWhateverTheParallelism(long seed) {
    List<CatalogueEvent> events = events(seed);
    long alone;
    try (Member member = new Member()) {
      events.forEach(member::apply);
      member.check(seed);
      alone = bytes();
    }
    assertThat(lists.records().size()).isZero();

    Random random = new Random(seed);
    List<Member> members = List.of(new Member(), new Member(), new Member());
    int[] applied = new int[members.size()];
    for (int step = 0; step < members.size() * EVENTS; step++) {
      // The first one is ahead of the others, which are at moments of their own.
      int some = random.nextInt(members.size());
      int who = applied[some] < EVENTS ? some : least(applied);
      members.get(who).apply(events.get(applied[who]++));
      if (step % 3_000 == 0) {
        members.forEach(member -> member.check(seed));
      }
    }
    members.forEach(member -> member.check(seed));
    int records = lists.records().size();
    // Slabs that are not full are left of what was there in between.
    assertThat(bytes()).as("seed %d", seed).isLessThan(alone + alone / 2);
    try (Member late = new Member()) {
      events.forEach(late::apply);
      assertThat(late.catalogue.known("item1").id)
          .isSameAs(members.get(0).catalogue.known("item1").id);
    }
    assertThat(lists.records().size()).as("seed %d", seed).isEqualTo(records);
    members.get(0).close();
    members.get(1).close();
    assertThat(lists.records().size()).as("seed %d", seed).isEqualTo(records);
    members.get(2).check(seed);
    members.get(2).close();
    assertThat(lists.records().size()).isZero();
  }

  private static int least(int[] applied) {
    int least = 0;
    for (int i = 1; i < applied.length; i++) {
      least = applied[i] < applied[least] ? i : least;
    }
    return least;
  }

  private long bytes() {
    return OffHeapMemory.allocatedBytes() - bytesBefore;
  }

  @Test
  void ofJobsAreApart() {
    try (SharedLists other = SharedLists.join(new JobID())) {
      assertThat(other.records()).isNotSameAs(lists.records());
      int stored = other.records().store(new int[] {1}, 1);
      assertThat(lists.records().size()).isZero();
      other.records().release(stored);
    }
  }

  @Test
  void areGoneWithTheLastWhoHasThem() {
    Member member = new Member();
    events(3).forEach(member::apply);
    member.catalogue.items(1);
    // A subtask that failed in the middle, and released nothing.
    member.joined.close();
    assertThat(bytes()).isPositive();
    lists.close();
    assertThat(bytes()).isZero();
  }

  /** A checkpoint has what held when it was taken, though it is written later. */
  @Test
  void areWrittenAsTheyWereAndReadAgain() throws Exception {
    List<CatalogueEvent> events = events(4);
    try (Member member = new Member();
        OperatorStateBackend backend = backend(null)) {
      events.subList(0, EVENTS / 2).forEach(member::apply);
      Map<String, CompanionList> expected = new TreeMap<>(member.model);
      Map<String, List<Integer>> near = near(member);
      RunnableFuture<SnapshotResult<OperatorStateHandle>> written = snapshot(member, backend, 1);
      int records = lists.records().size();
      events.subList(EVENTS / 2, EVENTS).forEach(member::apply);
      assertThat(lists.records().size()).isGreaterThan(records);
      // Of a later one that is complete before this, which is a savepoint.
      assertThat(member.catalogue.items(2)).hasSize(ITEMS);
      member.catalogue.isDone(2);
      OperatorStateHandle handle = run(written);
      member.catalogue.isDone(1);
      assertThat(lists.records().size()).isLessThanOrEqualTo(2 * ITEMS);

      try (RestoredLists restored = RestoredLists.begin(job);
          OperatorStateBackend read = backend(handle);
          Member again = new Member()) {
        assertThat(restored.end().records()).isSameAs(lists.records());
        BroadcastState<String, ItemState> state = read.getBroadcastState(CandidateFunction.ITEMS);
        for (Map.Entry<String, ItemState> entry : state.immutableEntries()) {
          assertThat(entry.getValue().companions).as("on the heap").isNull();
          assertThat(entry.getValue().near).as("on the heap").isEmpty();
        }
        restore(again, state);
        again.model.putAll(expected);
        again.check(4);
        assertThat(near(again)).isEqualTo(near);
      }
      assertThat(lists.records().size()).isLessThanOrEqualTo(2 * ITEMS);
    }
  }

  @Test
  void ofACheckpointThatIsGivenUpAreReleased() throws Exception {
    List<CatalogueEvent> events = events(5);
    Member member = new Member();
    try (OperatorStateBackend backend = backend(null)) {
      events.forEach(member::apply);
      int records = lists.records().size();
      RunnableFuture<SnapshotResult<OperatorStateHandle>> written = snapshot(member, backend, 7);
      member.catalogue.isDone(7);
      assertThat(lists.records().size()).isEqualTo(records);
      member.close();
      assertThat(lists.records().size()).isZero();
      lists.close();
      // Flink may still be writing it.
      assertThatThrownBy(() -> run(written)).rootCause().hasMessageContaining("are closed");
    }
  }

  /** A subtask that fails while it is restored has no catalogue that could release anything. */
  @Test
  void areGoneWhereARestartFails() throws Exception {
    OperatorStateHandle handle;
    try (Member member = new Member();
        OperatorStateBackend backend = backend(null)) {
      events(8).forEach(member::apply);
      handle = run(snapshot(member, backend, 1));
    }
    lists.close();
    try (RestoredLists restored = RestoredLists.begin(job);
        OperatorStateBackend read = backend(handle)) {
      assertThat(bytes()).isPositive();
    }
    assertThat(bytes()).isZero();
    assertThat(RestoredLists.ofThread()).isNull();
  }

  @Test
  void ofEarlierVersionsAreRead() throws Exception {
    List<CatalogueEvent> events = events(6);
    try (Member member = new Member();
        OperatorStateBackend plain = backend(null)) {
      events.forEach(member::apply);
      Map<String, List<Integer>> near = near(member);
      BroadcastState<String, ItemState> state = plain.getBroadcastState(PLAIN);
      for (ItemState item : member.catalogue.items(1)) {
        state.put(item.itemId, item.withLists());
      }
      OperatorStateHandle old = run(snapshot(plain, 1));

      OperatorStateHandle handle;
      try (Member migrated = new Member();
          OperatorStateBackend backend = backend(old)) {
        restore(migrated, backend.getBroadcastState(CandidateFunction.ITEMS));
        migrated.model.putAll(member.model);
        migrated.check(6);
        handle = run(snapshot(migrated, backend, 2));
      }
      try (Member again = new Member();
          OperatorStateBackend backend = backend(handle)) {
        restore(again, backend.getBroadcastState(CandidateFunction.ITEMS));
        again.model.putAll(member.model);
        again.check(6);
        assertThat(near(again)).isEqualTo(near);
        // And the same again, from what the new serializer wrote.
        assertThat(run(snapshot(again, backend, 3)).getStateSize())
            .isEqualTo(handle.getStateSize());
      }
    }
  }

  private static void restore(Member member, BroadcastState<String, ItemState> state)
      throws Exception {
    for (Map.Entry<String, ItemState> entry : state.immutableEntries()) {
      member.catalogue.restore(entry.getValue());
    }
    state.clear();
  }

  /** By item, in the order of its list, with the bits of the cosines. */
  private static Map<String, List<Integer>> near(Member member) {
    Map<String, List<Integer>> all = new TreeMap<>();
    for (ItemState item : member.catalogue.items(Long.MAX_VALUE)) {
      List<Integer> near = new ArrayList<>();
      StoredNear list = member.catalogue.near(item);
      for (int i = 0; i < list.size(); i++) {
        near.add(list.item(i));
        near.add(Float.floatToRawIntBits(list.cosine(i)));
      }
      all.put(item.itemId, near);
    }
    member.catalogue.isDone(Long.MAX_VALUE);
    return all;
  }

  private static RunnableFuture<SnapshotResult<OperatorStateHandle>> snapshot(
      Member member, OperatorStateBackend backend, long checkpoint) throws Exception {
    BroadcastState<String, ItemState> state = backend.getBroadcastState(CandidateFunction.ITEMS);
    for (ItemState item : member.catalogue.items(checkpoint)) {
      state.put(item.itemId, item);
    }
    RunnableFuture<SnapshotResult<OperatorStateHandle>> written = snapshot(backend, checkpoint);
    state.clear();
    return written;
  }

  private static RunnableFuture<SnapshotResult<OperatorStateHandle>> snapshot(
      OperatorStateBackend backend, long checkpoint) throws Exception {
    return backend.snapshot(
        checkpoint,
        0,
        new MemCheckpointStreamFactory(1 << 26),
        CheckpointOptions.forCheckpointWithDefaultLocation());
  }

  private static OperatorStateHandle run(
      RunnableFuture<SnapshotResult<OperatorStateHandle>> written) throws Exception {
    written.run();
    return Objects.requireNonNull(written.get().getJobManagerOwnedSnapshot());
  }

  private static OperatorStateBackend backend(@Nullable OperatorStateHandle handle)
      throws IOException {
    return new DefaultOperatorStateBackendBuilder(
            SharedListsTest.class.getClassLoader(),
            new ExecutionConfig(),
            true,
            handle == null ? List.of() : List.of(handle),
            new CloseableRegistry())
        .build();
  }

  /** Lists of companions and changes of what is near, in the order of their moments. */
  private static List<CatalogueEvent> events(long seed) {
    Random random = new Random(seed);
    List<CatalogueEvent> events = new ArrayList<>();
    for (int i = 0; i < EVENTS; i++) {
      int item = random.nextInt(ITEMS);
      events.add(
          i < ITEMS
              ? CatalogueEvent.of(near(i, i, random), i)
              : random.nextInt(4) == 0
                  ? CatalogueEvent.of(near(item, i, random), i)
                  : CatalogueEvent.of(companions(item, i, random), i));
    }
    return events;
  }

  private static NearItems near(int item, int event, Random random) {
    NearItems near = new NearItems();
    near.itemId = "item" + item;
    near.number = item;
    near.sequence = event;
    near.title = "A title of " + item;
    int known = Math.min(ITEMS, event);
    near.near = numbers(random, known, random.nextInt(LISTED));
    near.cosines = new float[near.near.length];
    for (int i = 0; i < near.cosines.length; i++) {
      near.cosines[i] = 1 - i / 20f;
    }
    near.entered = numbers(random, known, random.nextInt(LISTED));
    near.enteredCosines = new float[near.entered.length];
    Arrays.fill(near.enteredCosines, random.nextInt(20) / 20f);
    return near;
  }

  private static int[] numbers(Random random, int below, int count) {
    return below == 0 ? new int[0] : random.ints(count, 0, below).distinct().toArray();
  }

  private static CompanionList companions(int item, int time, Random random) {
    CompanionList list = new CompanionList();
    list.itemId = "item" + item;
    List<String> others = new ArrayList<>();
    for (int i = 0; i < ITEMS; i++) {
      // Some that nobody has heard of in any other way.
      others.add("item" + 2 * i);
    }
    Collections.shuffle(others, random);
    list.others = others.subList(0, random.nextInt(LISTED)).toArray(String[]::new);
    list.weights = new float[list.others.length];
    for (int i = 0; i < list.weights.length; i++) {
      list.weights[i] = random.nextFloat();
    }
    list.total = random.nextDouble();
    list.last = time;
    return list;
  }
}
