package io.donna.gateway.event;

/**
 * The name of a top-level field, packed so that a scanner can compare it without rereading it:
 * exact up to 16 bytes, which all names of the protocol have; the rest of a longer name is hashed.
 * Immutable.
 */
public final class JsonKey {
  public static final JsonKey TYPE = of("type");
  public static final JsonKey EVENT_ID = of("event_id");
  public static final JsonKey AUDIO = of("audio");
  public static final JsonKey DELTA = of("delta");
  public static final JsonKey ITEM_ID = of("item_id");
  public static final JsonKey RESPONSE_ID = of("response_id");

  private static final long PRIME = 0x100000001B3L; // FNV-1a

  final String name;
  final long head;
  final long tail;
  final int length;

  private JsonKey(String name, long head, long tail, int length) {
    this.name = name;
    this.head = head;
    this.tail = tail;
    this.length = length;
  }

  /** The key of an ASCII name. */
  public static JsonKey of(String name) {
    long head = 0;
    long tail = 0;
    for (int i = 0; i < name.length(); i++) {
      if (i < Long.BYTES) {
        head = head << 8 | name.charAt(i);
      } else {
        tail = extend(tail, i, name.charAt(i));
      }
    }
    return new JsonKey(name, head, tail, name.length());
  }

  /** {@code tail} extended by the byte at {@code index}, which is 8 or above. */
  static long extend(long tail, int index, int octet) {
    return index < 2 * Long.BYTES ? tail << 8 | octet : (tail ^ octet) * PRIME;
  }
}
