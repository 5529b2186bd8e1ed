package dev.millrace.pipelines.vectors;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Which vectors of a graph stand for others that are equal to them. Equal vectors would be each
 * other's nearest, and leave no links to any other. Eight bytes a vector.
 */
final class SameVectors {

  static final int NONE = -1;

  /** By vector: the one that stands for it; {@link #NONE} where it is not in the graph. */
  private int[] nodes = {};

  /** By vector: the next one with the same node. */
  private int[] nexts = {};

  /** The one that stands for a vector. */
  int node(int number) {
    return number < nodes.length ? nodes[number] : NONE;
  }

  /** The next vector that is equal to one; {@link #NONE} behind the last. */
  int next(int number) {
    return nexts[number];
  }

  /** A vector comes that stands for itself. */
  void found(int number) {
    if (number >= nodes.length) {
      int known = nodes.length;
      nodes = Arrays.copyOf(nodes, Math.max(number + 1, 2 * known));
      nexts = Arrays.copyOf(nexts, nodes.length);
      Arrays.fill(nodes, known, nodes.length, NONE);
      Arrays.fill(nexts, known, nodes.length, NONE);
    }
    nodes[number] = number;
  }

  /** A vector comes that another one stands for. */
  void join(int number, int node) {
    found(number);
    nodes[number] = node;
    nexts[number] = nexts[node];
    nexts[node] = number;
  }

  /** A vector goes. Where it stood for others, these go with it. */
  void leave(int number) {
    int node = nodes[number];
    if (node == number) {
      for (int next = number; next != NONE; ) {
        int after = nexts[next];
        nodes[next] = NONE;
        nexts[next] = NONE;
        next = after;
      }
      return;
    }
    int before = node;
    while (nexts[before] != number) {
      before = nexts[before];
    }
    nexts[before] = nexts[number];
    nodes[number] = NONE;
    nexts[number] = NONE;
  }

  void write(DataOutputView out) throws IOException {
    out.writeInt(nodes.length);
    for (int number = 0; number < nodes.length; number++) {
      out.writeInt(nodes[number]);
      out.writeInt(nexts[number]);
    }
  }

  void read(DataInputView in) throws IOException {
    nodes = new int[in.readInt()];
    nexts = new int[nodes.length];
    for (int number = 0; number < nodes.length; number++) {
      nodes[number] = in.readInt();
      nexts[number] = in.readInt();
    }
  }
}
