package dev.millrace.pipelines.recommend;

import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The names of a job's items, each once in a process, with a number from 0 on, without gaps. Which
 * number an item has depends on who came with it first, so nothing that leaves a subtask may depend
 * on it.
 *
 * <p>Safe for use by several threads; only a name that is new takes a lock.
 */
final class ItemNames {
  private static final int FEW = 1 << 10;

  private final ConcurrentHashMap<String, ItemName> byId = new ConcurrentHashMap<>();

  /** Written before the name can be found. */
  private volatile @Nullable ItemName[] byNumber = new @Nullable ItemName[FEW];

  private int size;

  /** The name of an item, which it gets if it has none yet. */
  ItemName of(String id) {
    ItemName name = byId.get(id);
    return name == null ? add(id) : name;
  }

  private synchronized ItemName add(String id) {
    ItemName known = byId.get(id);
    if (known != null) {
      return known;
    }
    ItemName name = new ItemName(id, size);
    @Nullable ItemName[] names = byNumber;
    if (size == names.length) {
      names = Arrays.copyOf(names, 2 * size);
    }
    names[size++] = name;
    byNumber = names;
    byId.put(id, name);
    return name;
  }

  /** The name of an item; null if it has none yet. */
  @Nullable ItemName find(String id) {
    return byId.get(id);
  }

  /** The name with a number that {@link #of} gave. */
  ItemName numbered(int number) {
    ItemName[] names = byNumber;
    ItemName name = number < names.length ? names[number] : null;
    if (name == null) {
      throw new IllegalStateException("No item of the feed has the number " + number + " here.");
    }
    return name;
  }
}
