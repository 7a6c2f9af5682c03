package io.donna.gateway.event;

import java.util.Random;
import java.util.function.Supplier;

/** Random JSON: of any structure, and each string spelled in any of the ways there are. */
final class RandomJson {
  private final Random random;
  private final Supplier<String> keys;
  private final Supplier<String> words;

  /**
   * Draws from these.
   *
   * @param keys of objects
   * @param words contents of strings
   */
  RandomJson(Random random, Supplier<String> keys, Supplier<String> words) {
    this.random = random;
    this.keys = keys;
    this.words = words;
  }

  /** An object of at most {@code mostMembers}, which may hold others {@code depth} levels deep. */
  String object(int depth, int mostMembers) {
    StringBuilder json = new StringBuilder("{").append(space());
    int members = random.nextInt(mostMembers + 1);
    for (int i = 0; i < members; i++) {
      json.append(i == 0 ? "" : ",").append(member(keys.get(), depth));
    }
    return json.append('}').toString();
  }

  /** A member of an object. */
  String member(String key, int depth) {
    return space() + string(key) + space() + ":" + space() + value(depth - 1) + space();
  }

  private String value(int depth) {
    return switch (random.nextInt(depth > 0 ? 12 : 9)) {
      case 0, 1, 2, 3 -> string(words.get());
      case 4 -> string(object(0, 2));
      case 5 -> Integer.toString(random.nextInt());
      case 6 -> Double.toString(random.nextGaussian() * Math.pow(10, random.nextInt(20)));
      case 7 -> "true";
      case 8 -> random.nextBoolean() ? "false" : "null";
      case 9, 10 -> object(depth, 2);
      default -> "[" + value(depth - 1) + space() + "," + value(depth - 1) + "]";
    };
  }

  /** A JSON string (RFC 8259, 7). */
  String string(String text) {
    StringBuilder json = new StringBuilder("\"");
    boolean escapes = random.nextInt(4) == 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean pair = i + 1 < text.length() && Character.isSurrogatePair(c, text.charAt(i + 1));
      if (Character.isSurrogate(c) && !pair) {
        json.append(escape(c)); // it has no UTF-8 form
      } else if ((c == '"' || c == '\\' || c == '/') && random.nextBoolean()) {
        json.append('\\').append(c);
      } else if (c == '"' || c == '\\' || c < 0x20 || (escapes && random.nextBoolean())) {
        json.append(escape(c)).append(pair ? escape(text.charAt(++i)) : "");
      } else {
        json.append(c).append(pair ? String.valueOf(text.charAt(++i)) : "");
      }
    }
    return json.append('"').toString();
  }

  private String escape(char c) {
    return (random.nextBoolean() ? "\\u%04x" : "\\u%04X").formatted((int) c);
  }

  String space() {
    return switch (random.nextInt(8)) {
      case 0 -> " ";
      case 1 -> "\r\n\t ";
      default -> "";
    };
  }
}
