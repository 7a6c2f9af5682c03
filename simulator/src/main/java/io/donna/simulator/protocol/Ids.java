package io.donna.simulator.protocol;

import java.util.Random;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * Generates identifiers as the API does: five base62 digits of the time in seconds, then random
 * letters and digits. Confined to the session's event loop.
 */
public final class Ids {
  private static final String DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  /** The Unix time at which the time code starts. */
  private static final long EPOCH = 1_576_800_000L;

  private static final int TIME_DIGITS = 5;

  private final Pace pace;
  private final RandomGenerator random;

  /**
   * @param seed the seed of the random part
   */
  public Ids(Pace pace, long seed) {
    this.pace = pace;
    this.random = new Random(seed);
  }

  public String event() {
    return "event_" + coded(21);
  }

  public String item() {
    return "item_" + coded(21);
  }

  public String conversation() {
    return "conv_" + coded(21);
  }

  public String response() {
    return "resp_" + coded(21);
  }

  public String call() {
    return "call_" + random(16);
  }

  /** The id of a session of the Realtime API. */
  public String session() {
    return "sess_" + coded(21);
  }

  /** The id of a session of the Live API. */
  public String liveSession() {
    return "live_u7_" + coded(32);
  }

  /** An id whose random part is hexadecimal, as those of the Responses API are. */
  public String hexadecimal(String prefix) {
    StringBuilder id = new StringBuilder(prefix);
    for (int i = 0; i < 50; i++) {
      id.append(Character.forDigit(random.nextInt(16), 16));
    }
    return id.toString();
  }

  public String random(int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(DIGITS.charAt(random.nextInt(DIGITS.length())));
    }
    return text.toString();
  }

  /** A version 4 UUID. */
  public String uuid() {
    long high = (random.nextLong() & ~0xF000L) | 0x4000L;
    long low = (random.nextLong() >>> 2) | 0x8000_0000_0000_0000L;
    return new UUID(high, low).toString();
  }

  private String coded(int length) {
    char[] code = new char[TIME_DIGITS];
    long seconds = pace.now().getEpochSecond() - EPOCH;
    for (int i = TIME_DIGITS - 1; i >= 0; i--) {
      code[i] = DIGITS.charAt((int) Math.floorMod(seconds, (long) DIGITS.length()));
      seconds = Math.floorDiv(seconds, (long) DIGITS.length());
    }
    return new String(code) + random(length - TIME_DIGITS);
  }
}
