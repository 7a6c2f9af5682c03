package io.donna.gateway.realtime;

/**
 * The name of a top-level field, packed so that a scanner compares it without reading it again:
 * exact up to 16 bytes, which all names of the protocol have; of a longer one the rest is hashed.
 */
public final class Key {
  public static final Key TYPE = of("type");
  public static final Key EVENT_ID = of("event_id");
  public static final Key AUDIO = of("audio");
  public static final Key DELTA = of("delta");
  public static final Key ITEM_ID = of("item_id");
  public static final Key RESPONSE_ID = of("response_id");

  private static final long PRIME = 0x100000001B3L; // of FNV-1a

  final String name;
  final long head;
  final long tail;
  final int length;

  private Key(String name, long head, long tail, int length) {
    this.name = name;
    this.head = head;
    this.tail = tail;
    this.length = length;
  }

  /** A name in ASCII. */
  public static Key of(String name) {
    long head = 0;
    long tail = 0;
    for (int i = 0; i < name.length(); i++) {
      if (i < Long.BYTES) {
        head = head << 8 | name.charAt(i);
      } else {
        tail = extend(tail, i, name.charAt(i));
      }
    }
    return new Key(name, head, tail, name.length());
  }

  /** {@code tail} with the byte at {@code index}, 8 or above, behind it. */
  static long extend(long tail, int index, int octet) {
    return index < 2 * Long.BYTES ? tail << 8 | octet : (tail ^ octet) * PRIME;
  }
}
