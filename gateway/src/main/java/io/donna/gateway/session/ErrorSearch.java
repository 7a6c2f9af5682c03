package io.donna.gateway.session;

import io.donna.gateway.audit.Redaction;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Searches one error of an upstream, whatever its format: redacts secrets in its strings, and
 * decides whether the client may see it. Reads each string once, and no more text than an error
 * message has. Confined to the session's event loop.
 */
final class ErrorSearch {
  /**
   * The longest error that is searched, names and strings together. An error is a sentence;
   * searching the maximum takes about 2 ms.
   */
  static final int LONGEST = 16 * 1024;

  /** The cost of each string and value beside its characters, as even an empty one takes time. */
  private static final int COST_OF_ONE = 16;

  /** Fields in which an error repeats the client's own values. */
  private static final Set<String> OF_CLIENT = Set.of("event_id", "item_id", "param");

  private static final String IN_LIST = "";

  private final Redaction redaction;
  private int left = LONGEST;
  private boolean ofAccount;
  private boolean unreadable;
  private boolean changed;

  ErrorSearch(Redaction redaction) {
    this.redaction = redaction;
  }

  /** Searches the field {@code name} of {@code holder}, if present. */
  void search(ObjectNode holder, String name) {
    JsonNode value = holder.get(name);
    if (value != null) {
      holder.set(name, searched(value, name.equals("error") ? IN_LIST : name));
    }
  }

  void searchAll(ObjectNode object) {
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      if (unreadable) {
        return;
      }
      String name = member.getKey();
      take(name);
      if (!unreadable) {
        // A key cannot be redacted safely, so a secret in it makes the error unreadable.
        unreadable = !redaction.cutForeign(name).equals(name);
        ofAccount |= AccountState.isNamedIn(name);
        boolean isError = name.equals("error");
        member.setValue(searched(member.getValue(), isError ? IN_LIST : name));
      }
    }
  }

  /** Whether it is about the gateway's own account. */
  boolean isOfAccount() {
    return ofAccount;
  }

  /** Whether it is too long, or contains a secret that cannot be redacted. */
  boolean isUnreadable() {
    return unreadable;
  }

  /** Whether anything was redacted. */
  boolean isChanged() {
    return changed;
  }

  private JsonNode searched(JsonNode value, String name) {
    if (unreadable) {
      return value;
    }
    if (value.isString()) {
      return searchedText(value, name);
    }
    left -= COST_OF_ONE;
    unreadable |= left < 0;
    if (value instanceof ObjectNode object) {
      searchAll(object);
    } else if (value instanceof ArrayNode list) {
      for (int i = 0; i < list.size() && !unreadable; i++) {
        list.set(i, searched(list.get(i), IN_LIST));
      }
    }
    return value;
  }

  private JsonNode searchedText(JsonNode value, String name) {
    String text = value.asString();
    take(text);
    if (unreadable) {
      return value;
    }
    ofAccount |= saysAccount(text, name);
    String cut = redaction.cutForeign(text);
    if (cut.equals(text)) {
      return value;
    }
    changed = true;
    return StringNode.valueOf(cut);
  }

  /**
   * Prose may mention a client's field named billing; codes and lists do not, so test them fully.
   */
  private static boolean saysAccount(String text, String name) {
    return switch (name) {
      case "code", "type", IN_LIST -> AccountState.isIn(text);
      default -> !OF_CLIENT.contains(name) && AccountState.isNamedIn(text);
    };
  }

  private void take(String text) {
    left -= COST_OF_ONE + text.length();
    unreadable |= left < 0;
  }
}
