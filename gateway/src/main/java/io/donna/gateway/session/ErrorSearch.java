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
 * decides whether the client may see it. Its code and its type say whether it is about the account;
 * only where it has neither does its text decide, as a text may quote a value of the client's.
 * Reads each string once, and no more text than an error message has. Confined to the session's
 * event loop.
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

  private static final String ERROR = "error";
  private static final String CODE = "code";
  private static final String TYPE = "type";
  private static final String MESSAGE = "message";
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
      boolean named = name.equals(MESSAGE) && isName(holder.path(CODE));
      holder.set(name, searched(value, name.equals(ERROR) ? IN_LIST : name, named));
    }
  }

  void searchAll(ObjectNode object) {
    searchAll(object, false);
  }

  /**
   * Searches an object.
   *
   * @param within whether it is a part of an error that has a name, and thus of its text
   */
  private void searchAll(ObjectNode object, boolean within) {
    boolean named = within || isNamed(object);
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      if (unreadable) {
        return;
      }
      String name = member.getKey();
      take(name);
      if (!unreadable) {
        // A key cannot be redacted safely, so a secret in it makes the error unreadable.
        unreadable = !redaction.cutForeign(name).equals(name);
        ofAccount |= !named && AccountState.isNamedIn(name);
        boolean isName = name.equals(CODE) || name.equals(TYPE);
        member.setValue(
            searched(
                member.getValue(), name.equals(ERROR) ? IN_LIST : name, isName ? within : named));
      }
    }
  }

  /** Whether it is an error with a name of its own, and not an object that holds one. */
  private static boolean isNamed(ObjectNode object) {
    return !object.has(ERROR) && (isName(object.path(CODE)) || isName(object.path(TYPE)));
  }

  /** Whether it names a kind of error: a status in digits does not, nor that it is one. */
  private static boolean isName(JsonNode value) {
    return value.isString()
        && !value.asString().equals(ERROR)
        && value.asString().chars().anyMatch(Character::isLetter);
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

  /**
   * Searches a value.
   *
   * @param name of its field
   * @param named whether the error that it belongs to has a name, which decides instead of it
   */
  private JsonNode searched(JsonNode value, String name, boolean named) {
    if (unreadable) {
      return value;
    }
    if (value.isString()) {
      return searchedText(value, name, named);
    }
    left -= COST_OF_ONE;
    unreadable |= left < 0;
    if (value instanceof ObjectNode object) {
      searchAll(object, named);
    } else if (value instanceof ArrayNode list) {
      for (int i = 0; i < list.size() && !unreadable; i++) {
        list.set(i, searched(list.get(i), IN_LIST, named));
      }
    }
    return value;
  }

  private JsonNode searchedText(JsonNode value, String name, boolean named) {
    String text = value.asString();
    take(text);
    if (unreadable) {
      return value;
    }
    ofAccount |= !named && saysAccount(text, name);
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
      case CODE, TYPE, IN_LIST -> AccountState.isIn(text);
      default -> !OF_CLIENT.contains(name) && AccountState.isNamedIn(text);
    };
  }

  private void take(String text) {
    left -= COST_OF_ONE + text.length();
    unreadable |= left < 0;
  }
}
