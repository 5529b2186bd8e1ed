package dev.millrace.jobs.lookup;

import dev.millrace.schemas.Item;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what the look-up serves. It runs once in a job and emits nothing.
 *
 * <p>What it keeps is twice in its hands: as keyed state, which checkpoints save and a restart
 * brings back, and in the {@link LookupStore}, which the server reads. With the state on the heap
 * both hold the same objects.
 */
final class LookupOperator extends AbstractStreamOperator<LookupEvent>
    implements OneInputStreamOperator<LookupEvent, LookupEvent>, BoundedOneInput {

  private static final long serialVersionUID = 1L;

  private static final ValueStateDescriptor<LookupPerson> PEOPLE =
      new ValueStateDescriptor<>("people", TypeInformation.of(LookupPerson.class));
  private static final ValueStateDescriptor<String> TITLES =
      new ValueStateDescriptor<>("titles", Types.STRING);
  private static final ValueStateDescriptor<Tuple2<Boolean, Long>> AVAILABLE =
      new ValueStateDescriptor<>("available", Types.TUPLE(Types.BOOLEAN, Types.LONG));
  private static final ValueStateDescriptor<double[]> TOTALS =
      new ValueStateDescriptor<>("totals", TypeInformation.of(double[].class));

  private final LookupSettings settings;

  // Flink calls open() before anything else.
  private transient ValueState<LookupPerson> people;
  private transient ValueState<String> titles;
  private transient ValueState<Tuple2<Boolean, Long>> available;
  private transient ValueState<double[]> totals;
  private transient LookupStore store;
  private transient @Nullable LookupServer server;

  @SuppressWarnings("NullAway.Init")
  LookupOperator(LookupSettings settings) {
    this.settings = settings;
  }

  @Override
  public void open() throws Exception {
    super.open();
    people = getRuntimeContext().getState(PEOPLE);
    titles = getRuntimeContext().getState(TITLES);
    available = getRuntimeContext().getState(AVAILABLE);
    totals = getRuntimeContext().getState(TOTALS);
    store = new LookupStore(settings.people());
    restore();
    getRuntimeContext()
        .registerUserCodeClassLoaderReleaseHookIfAbsent(
            "millrace look-up", LookupServer::releaseClasses);
    server = LookupServer.lease(settings);
    server.show(store);
  }

  private void restore() throws Exception {
    all(TITLES, (itemId, state) -> store.title(itemId, state.value()));
    all(AVAILABLE, (itemId, state) -> store.available(itemId, state.value().f0));
    all(TOTALS, (nothing, state) -> store.count(state.value()));
    List<Tuple2<String, LookupPerson>> saved = new ArrayList<>();
    all(PEOPLE, (userId, state) -> saved.add(Tuple2.of(userId, state.value())));
    saved.sort(Comparator.comparingLong(person -> person.f1.latest()));
    for (Tuple2<String, LookupPerson> person : saved) {
      forget(store.restore(person.f0, person.f1));
    }
  }

  private interface Saved<S> {
    void take(String key, S state) throws Exception;
  }

  private <S extends State> void all(StateDescriptor<S, ?> descriptor, Saved<S> saved)
      throws Exception {
    this.<String>getKeyedStateBackend()
        .applyToAllKeys(
            VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor, saved::take);
  }

  @Override
  public void processElement(StreamRecord<LookupEvent> row) throws Exception {
    LookupEvent event = row.getValue();
    Item item = event.item;
    if (event.bought != null) {
      keep(event.key, store.bought(event.bought));
    } else if (event.feed != null) {
      keep(event.key, store.recommended(event.feed));
    } else if (item != null) {
      titles.update(store.title(item.getItemId(), item.getTitle()));
    } else if (event.available != null) {
      offered(event.key, event.available, event.since);
    } else if (event.counted != null) {
      totals.update(store.count(event.counted));
    }
  }

  /** What is said of an earlier time than what is known came too late. */
  private void offered(String itemId, boolean now, long since) throws Exception {
    Tuple2<Boolean, Long> known = available.value();
    if (known == null || known.f1 <= since) {
      available.update(Tuple2.of(now, since));
      store.available(itemId, now);
    }
  }

  private void keep(String userId, LookupPerson person) throws Exception {
    people.update(person);
    forget(store.keep(userId, person));
  }

  private void forget(@Nullable String userId) throws Exception {
    if (userId != null) {
      setCurrentKey(userId);
      people.clear();
    }
  }

  @Override
  public void endInput() {
    if (server != null) {
      server.ended();
    }
  }

  @Override
  public void close() throws Exception {
    LookupServer leased = server;
    server = null;
    if (leased != null) {
      leased.close();
    }
    super.close();
  }
}
