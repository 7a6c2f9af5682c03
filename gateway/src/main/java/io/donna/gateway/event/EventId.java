package io.donna.gateway.event;

import java.util.concurrent.ThreadLocalRandom;

/** Generates IDs for the gateway's own events, in the upstream's format: 21 base62 characters. */
public final class EventId {
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  private static final int LENGTH = 21;

  private EventId() {}

  public static String next() {
    return next("event_");
  }

  /** A new ID that begins with {@code prefix}, as session IDs do. */
  public static String next(String prefix) {
    StringBuilder id = new StringBuilder(prefix);
    ThreadLocalRandom random = ThreadLocalRandom.current();
    for (int i = 0; i < LENGTH; i++) {
      id.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return id.toString();
  }
}
