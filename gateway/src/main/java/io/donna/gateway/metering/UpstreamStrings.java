package io.donna.gateway.metering;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.audit.ForeignText;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** Bounds the strings that are kept from an upstream. */
final class UpstreamStrings {
  static final String UNKNOWN = "unknown";
  static final JsonNode NOTHING = MissingNode.getInstance();

  /** The longest ID, in bytes of UTF-8; no upstream that follows the protocol has longer ones. */
  static final int LONGEST_ID = 1_024;

  private UpstreamStrings() {}

  static String firstOf(String... texts) {
    for (String text : texts) {
      if (!text.isEmpty()) {
        return text;
      }
    }
    return "";
  }

  /** A name, made safe for logs. */
  static String name(JsonNode value) {
    return value.isString() ? name(value.asString()) : "";
  }

  static String name(String text) {
    return ForeignText.of(text);
  }

  /** An ID. If the upstream's is too long, a prefix of it that is still too long. */
  static String id(JsonNode value) {
    if (!value.isString()) {
      return "";
    }
    String text = value.asString();
    return text.length() <= LONGEST_ID ? text : text.substring(0, LONGEST_ID + 1);
  }

  static boolean isTooLong(String id) {
    return id.length() > LONGEST_ID || id.getBytes(UTF_8).length > LONGEST_ID;
  }
}
