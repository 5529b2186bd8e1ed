package dev.millrace.operators;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.jspecify.annotations.Nullable;

/**
 * The vectors of texts that were met lately, off-heap and bounded in bytes. A text is found by the
 * whole of it, and never by its hash alone.
 *
 * <p>Entries are written one behind the other into segments. When all segments are full the oldest
 * one is used again: of its entries those that were found since they were written or last carried
 * over are carried over, up to three quarters of the segment; the others are forgotten.
 *
 * <p>A cache serves one session, whose model, known by its digest, gave all the vectors: whoever
 * makes it makes another one for another session. Owned and used by one thread.
 */
final class VectorCache implements AutoCloseable {

  private static final long LARGEST_SEGMENT = 1 << 20;
  private static final int LEAST_SEGMENTS = 8;

  /** An entry takes a quarter of a segment at most: what is carried over leaves that free. */
  private static final int LEAST_ENTRIES = 4;

  private final BufferAllocator allocator;
  private final int leastDimension;
  private final ToLongFunction<TextUnits> hash;

  /** A power of two. */
  private final long segmentBytes;

  private final List<VectorSegment> segments = new ArrayList<>();
  private int mostSegments;
  private @Nullable VectorIndex index;

  /** Which segment is being written. */
  private int current = -1;

  private int size;

  /**
   * @param allocator where the memory comes from; borrowed
   * @param limitBytes the most bytes that it may hold; with 0, or too few for some entries, it
   *     holds none and finds nothing
   * @param leastDimension floats of a vector; where they differ, those of a short one
   */
  VectorCache(BufferAllocator allocator, long limitBytes, int leastDimension) {
    this(allocator, limitBytes, leastDimension, TextUnits::hash);
  }

  /**
   * @param hash need not be a good one
   */
  VectorCache(
      BufferAllocator allocator,
      long limitBytes,
      int leastDimension,
      ToLongFunction<TextUnits> hash) {
    this.allocator = allocator;
    this.leastDimension = leastDimension;
    this.hash = hash;
    this.segmentBytes = Math.min(LARGEST_SEGMENT, Long.highestOneBit(limitBytes / LEAST_SEGMENTS));
    if (fits(leastDimension, 1)) {
      long count = limitBytes / segmentBytes;
      while (count * segmentBytes + VectorIndex.bytesFor(entriesOf(count)) > limitBytes) {
        count--;
      }
      this.mostSegments = Math.toIntExact(count);
    }
  }

  private boolean fits(int dimension, int length) {
    return VectorSegment.entryBytes(Math.max(leastDimension, dimension), length)
        <= segmentBytes / LEAST_ENTRIES;
  }

  private long entriesOf(long segmentCount) {
    return segmentCount * (segmentBytes / VectorSegment.entryBytes(leastDimension, 0));
  }

  /**
   * Points a view at the vector of a text, if it is known. The view is good until the next {@link
   * #put}.
   */
  boolean find(TextUnits text, EmbeddingView into) {
    if (size == 0) {
      return false;
    }
    long place = placeOf(hash.applyAsLong(text), text);
    if (place == VectorIndex.NONE) {
      return false;
    }
    VectorSegment segment = segmentOf(place);
    segment.setFound(entryOf(place), true);
    segment.show(entryOf(place), into);
    return true;
  }

  private long placeOf(long textHash, TextUnits text) {
    if (index == null) {
      return VectorIndex.NONE;
    }
    long slot = index.first(textHash);
    while (slot != VectorIndex.NONE) {
      long place = index.place(slot);
      if (segmentOf(place).hasText(entryOf(place), text)) {
        return place;
      }
      slot = index.next(slot, textHash);
    }
    return VectorIndex.NONE;
  }

  private VectorSegment segmentOf(long place) {
    return segments.get((int) (place >>> Long.numberOfTrailingZeros(segmentBytes)));
  }

  private long entryOf(long place) {
    return place & (segmentBytes - 1);
  }

  /**
   * Keeps a copy of a vector for a text, unless the text is too long for that. What was kept for it
   * gives way.
   */
  void put(TextUnits text, EmbeddingView vector) {
    if (mostSegments == 0 || !fits(vector.dimension(), text.length())) {
      return;
    }
    long textHash = hash.applyAsLong(text);
    long known = placeOf(textHash, text);
    if (known != VectorIndex.NONE) {
      segmentOf(known).setVector(entryOf(known), vector);
      return;
    }
    VectorIndex places =
        makeRoom(
            VectorSegment.entryBytes(Math.max(leastDimension, vector.dimension()), text.length()));
    if (places != null) {
      VectorSegment segment = segments.get(current);
      places.add(textHash, current * segmentBytes + segment.end());
      segment.append(textHash, text, vector);
      size++;
    }
  }

  /** Sees to it that the current segment has room. Gives the index, or null if there is no room. */
  private @Nullable VectorIndex makeRoom(long bytes) {
    if (current >= 0 && segments.get(current).hasRoom(bytes)) {
      return index;
    }
    if (segments.size() < mostSegments) {
      grow();
    }
    if (mostSegments == 0 || index == null) {
      return null;
    }
    current = (current + 1) % mostSegments;
    recycle(index, segments.get(current), current * segmentBytes);
    return index;
  }

  private void grow() {
    try {
      if (index == null) {
        index = new VectorIndex(allocator, entriesOf(mostSegments));
      }
      segments.add(new VectorSegment(allocator, segmentBytes, leastDimension));
    } catch (OutOfMemoryException othersNeedIt) {
      mostSegments = segments.size();
      if (mostSegments == 0) {
        close();
      }
    }
  }

  private void recycle(VectorIndex places, VectorSegment segment, long firstPlace) {
    long oldEnd = segment.end();
    long mostCarried = segmentBytes - segmentBytes / LEAST_ENTRIES;
    segment.rewind();
    long bytes;
    for (long entry = 0; entry < oldEnd; entry += bytes) {
      bytes = segment.bytes(entry);
      long place = firstPlace + entry;
      if (segment.wasFound(entry) && segment.end() + bytes <= mostCarried) {
        segment.setFound(entry, false);
        places.move(segment.hash(entry), place, firstPlace + segment.end());
        segment.carryOver(entry);
      } else {
        places.remove(segment.hash(entry), place);
        size--;
      }
    }
  }

  /** How many texts it knows. */
  int size() {
    return size;
  }

  /** Bytes that it holds. */
  long bytes() {
    return segments.size() * segmentBytes + (index == null ? 0 : index.bytes());
  }

  @Override
  public void close() {
    segments.forEach(VectorSegment::close);
    segments.clear();
    if (index != null) {
      index.close();
      index = null;
    }
  }
}
