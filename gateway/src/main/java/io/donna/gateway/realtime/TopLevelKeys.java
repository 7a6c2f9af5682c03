package io.donna.gateway.realtime;

import java.util.Arrays;

/**
 * The keys of one message's top level, in their order, and where each value lies. Has room for the
 * keys of a usual event, and makes more for the first that needs it.
 */
final class TopLevelKeys {
  /** Twice as many as the event that has the most. */
  static final int MOST = 24;

  private static final int USUAL = 8;

  private int count;
  private long[] heads = new long[USUAL];
  private long[] tails = new long[USUAL];
  private int[] lengths = new int[USUAL];
  private int[] starts = new int[USUAL];
  private int[] ends = new int[USUAL];
  private boolean[] strings = new boolean[USUAL];

  void clear() {
    count = 0;
  }

  boolean isEmpty() {
    return count == 0;
  }

  boolean isFull() {
    return count == MOST;
  }

  /** Adds one, packed as a {@link Key} is. Where it is full, the last makes room. */
  void add(long head, long tail, int length) {
    if (isFull()) {
      count--;
    } else if (count == heads.length) {
      grow();
    }
    heads[count] = head;
    tails[count] = tail;
    lengths[count] = length;
    starts[count] = -1;
    ends[count] = -1;
    count++;
  }

  private void grow() {
    heads = Arrays.copyOf(heads, MOST);
    tails = Arrays.copyOf(tails, MOST);
    lengths = Arrays.copyOf(lengths, MOST);
    starts = Arrays.copyOf(starts, MOST);
    ends = Arrays.copyOf(ends, MOST);
    strings = Arrays.copyOf(strings, MOST);
  }

  /** The value of the last key begins here. */
  void beginValue(int position, boolean isString) {
    starts[count - 1] = position;
    strings[count - 1] = isString;
  }

  /** It ends before {@code position}. */
  void endValue(int position) {
    ends[count - 1] = position;
  }

  boolean isLast(Key key) {
    return isAt(count - 1, key.head, key.tail, key.length);
  }

  boolean contains(long head, long tail, int length) {
    return indexOf(head, tail, length) >= 0;
  }

  /** Where the value of {@code key} begins; -1 where there is none, or none that ends. */
  int startOf(Key key) {
    int at = indexOf(key);
    return at < 0 || ends[at] < 0 ? -1 : starts[at];
  }

  /** Where it ends; -1 where there is none. */
  int endOf(Key key) {
    int at = indexOf(key);
    return at < 0 ? -1 : ends[at];
  }

  boolean isString(Key key) {
    int at = indexOf(key);
    return at >= 0 && strings[at];
  }

  private int indexOf(Key key) {
    return indexOf(key.head, key.tail, key.length);
  }

  private int indexOf(long head, long tail, int length) {
    for (int i = 0; i < count; i++) {
      if (isAt(i, head, tail, length)) {
        return i;
      }
    }
    return -1;
  }

  private boolean isAt(int index, long head, long tail, int length) {
    return heads[index] == head && tails[index] == tail && lengths[index] == length;
  }
}
