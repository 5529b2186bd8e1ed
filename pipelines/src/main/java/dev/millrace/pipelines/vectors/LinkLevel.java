package dev.millrace.pipelines.vectors;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.util.Preconditions;
import org.jspecify.annotations.Nullable;

/**
 * The links of one level of a graph, off-heap: of each node, a bounded list of others. Whoever uses
 * it sees to it that links go both ways.
 */
final class LinkLevel implements AutoCloseable {

  /** A power of two, as the sizes that the memory comes in. */
  private static final int NODES = 256;

  private final BufferAllocator allocator;
  private final int capacity;

  /** Numbers of a node: how many links it has, and room for them. */
  private final int stride;

  private final List<ArrowBuf> blocks = new ArrayList<>();

  /** Where a node's links lie; null on the lowest level, where that is its number. */
  private final @Nullable Map<Integer, Integer> places;

  /** On an upper level, the nodes by their places. */
  private final List<Integer> members = new ArrayList<>();

  private int size;

  /**
   * @param capacity links that a node may have
   * @param lowest whether all nodes are on the level
   */
  LinkLevel(BufferAllocator allocator, int capacity, boolean lowest) {
    this.allocator = allocator;
    this.capacity = capacity;
    this.stride = capacity + 1;
    this.places = lowest ? null : new HashMap<>();
  }

  /** Makes room for a node's links. Does nothing where there is some. */
  void enter(int node) {
    int place = node;
    if (places != null) {
      Integer known = places.putIfAbsent(node, members.size());
      if (known != null) {
        return;
      }
      place = members.size();
      members.add(node);
    }
    size = Math.max(size, place + 1);
    while (place >= blocks.size() * NODES) {
      ArrowBuf block = allocator.buffer((long) NODES * stride * Integer.BYTES);
      block.setZero(0, block.capacity());
      blocks.add(block);
    }
  }

  /** How many nodes have entered, or on the lowest level the highest one and 1. */
  int size() {
    return size;
  }

  /** A node that has entered, by its place from 0 on. */
  int member(int place) {
    return places == null ? place : members.get(place);
  }

  int count(int node) {
    int place = place(node);
    return block(place).getInt(offset(place));
  }

  int link(int node, int at) {
    int place = place(node);
    return block(place).getInt(offset(place) + (1L + at) * Integer.BYTES);
  }

  /** How many links more a node may get. */
  int room(int node) {
    return capacity - count(node);
  }

  boolean links(int node, int other) {
    return find(node, other) >= 0;
  }

  private int find(int node, int other) {
    for (int at = count(node) - 1; at >= 0; at--) {
      if (link(node, at) == other) {
        return at;
      }
    }
    return -1;
  }

  /** Links two nodes that have room for it. */
  void connect(int one, int other) {
    add(one, other);
    add(other, one);
  }

  /** Takes away the link between two nodes. */
  void disconnect(int one, int other) {
    remove(one, other);
    remove(other, one);
  }

  private void add(int node, int other) {
    int count = count(node);
    Preconditions.checkState(room(node) > 0, "Node %s has no room for a link.", node);
    set(node, count, other);
    setCount(node, count + 1);
  }

  private void remove(int node, int other) {
    int last = count(node) - 1;
    set(node, find(node, other), link(node, last));
    setCount(node, last);
  }

  private void set(int node, int at, int other) {
    int place = place(node);
    block(place).setInt(offset(place) + (1L + at) * Integer.BYTES, other);
  }

  private void setCount(int node, int count) {
    int place = place(node);
    block(place).setInt(offset(place), count);
  }

  private int place(int node) {
    return places == null ? node : places.getOrDefault(node, -1);
  }

  private ArrowBuf block(int place) {
    return blocks.get(place / NODES);
  }

  private long offset(int place) {
    return (long) (place % NODES) * stride * Integer.BYTES;
  }

  void write(DataOutputView out) throws IOException {
    out.writeInt(size);
    for (int place = 0; place < size; place++) {
      int node = member(place);
      out.writeInt(node);
      out.writeInt(count(node));
      for (int at = 0; at < count(node); at++) {
        out.writeInt(link(node, at));
      }
    }
  }

  /** Takes in what {@link #write} wrote, before anything else. */
  void read(DataInputView in) throws IOException {
    int count = in.readInt();
    for (int place = 0; place < count; place++) {
      int node = in.readInt();
      enter(node);
      int links = in.readInt();
      for (int at = 0; at < links; at++) {
        add(node, in.readInt());
      }
    }
  }

  @Override
  public void close() {
    blocks.forEach(ArrowBuf::close);
    blocks.clear();
  }
}
