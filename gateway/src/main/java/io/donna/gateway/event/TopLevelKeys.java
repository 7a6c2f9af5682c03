package io.donna.gateway.event;

import java.util.Arrays;

/**
 * The top-level keys of one message, in order, with the position of each value. Sized for a typical
 * event, and enlarged on first need. Confined to the event loop of its leg.
 */
final class TopLevelKeys {
  /** Twice the number of keys of the event that has most. */
  static final int MAX = 24;

  private static final int INITIAL_CAPACITY = 8;

  private int count;
  private long[] heads = new long[INITIAL_CAPACITY];
  private long[] tails = new long[INITIAL_CAPACITY];
  private int[] lengths = new int[INITIAL_CAPACITY];
  private int[] starts = new int[INITIAL_CAPACITY];
  private int[] ends = new int[INITIAL_CAPACITY];
  private boolean[] strings = new boolean[INITIAL_CAPACITY];

  void clear() {
    count = 0;
  }

  boolean isEmpty() {
    return count == 0;
  }

  boolean isFull() {
    return count == MAX;
  }

  /** Adds a key, packed as a {@link JsonKey} is. If the table is full, it replaces the last key. */
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
    heads = Arrays.copyOf(heads, MAX);
    tails = Arrays.copyOf(tails, MAX);
    lengths = Arrays.copyOf(lengths, MAX);
    starts = Arrays.copyOf(starts, MAX);
    ends = Arrays.copyOf(ends, MAX);
    strings = Arrays.copyOf(strings, MAX);
  }

  /** Records where the value of the last key begins. */
  void beginValue(int position, boolean isString) {
    starts[count - 1] = position;
    strings[count - 1] = isString;
  }

  /** Records that the value of the last key ends before {@code position}. */
  void endValue(int position) {
    ends[count - 1] = position;
  }

  boolean isLast(JsonKey key) {
    return isAt(count - 1, key.head, key.tail, key.length);
  }

  boolean contains(long head, long tail, int length) {
    return indexOf(head, tail, length) >= 0;
  }

  /** Where the value of {@code key} begins; -1 if there is none, or it has no end. */
  int startOf(JsonKey key) {
    int at = indexOf(key);
    return at < 0 || ends[at] < 0 ? -1 : starts[at];
  }

  /** Where the value of {@code key} ends; -1 if there is none. */
  int endOf(JsonKey key) {
    int at = indexOf(key);
    return at < 0 ? -1 : ends[at];
  }

  boolean isString(JsonKey key) {
    int at = indexOf(key);
    return at >= 0 && strings[at];
  }

  private int indexOf(JsonKey key) {
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
