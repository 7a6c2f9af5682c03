package io.donna.simulator.protocol;

import java.util.concurrent.ThreadLocalRandom;

/** Generates identifiers in the API's format: a prefix and 21 letters or digits, 16 for a call. */
public final class Ids {
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

  private Ids() {}

  public static String event() {
    return "event_" + random(21);
  }

  public static String session() {
    return "sess_" + random(21);
  }

  public static String conversation() {
    return "conv_" + random(21);
  }

  public static String item() {
    return "item_" + random(21);
  }

  public static String response() {
    return "resp_" + random(21);
  }

  public static String call() {
    return "call_" + random(16);
  }

  public static String random(int length) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return text.toString();
  }
}
