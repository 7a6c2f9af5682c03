package io.donna.gateway.session;

import io.donna.gateway.audit.Redaction;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * One search of one error that an upstream reports, whatever its shape: cuts secrets out of its
 * strings, and tells whether it can be shown at all. Looks at each string once, and at no more of
 * them than a sentence has. Confined to the session's event loop.
 */
final class ErrorSearch {
  /**
   * An error is a sentence. What is longer, names and strings together, is not worth the time to
   * read, which is some 2 ms at the most.
   */
  static final int LONGEST = 16 * 1024;

  /** For each string and value beside its characters, as a search of an empty one takes time. */
  private static final int COST_OF_ONE = 16;

  /** What a client chose, and an error repeats. */
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

  /** The field {@code name} of {@code holder}, if it has one. */
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
        // A name is nothing to cut: what else it says is not known.
        unreadable = !redaction.cutForeign(name).equals(name);
        ofAccount |= AccountState.isNamedIn(name);
        boolean isError = name.equals("error");
        member.setValue(searched(member.getValue(), isError ? IN_LIST : name));
      }
    }
  }

  /** Whether it says how the gateway's account does. */
  boolean isOfAccount() {
    return ofAccount;
  }

  /** Whether it is too long, or holds a secret where none can be cut out. */
  boolean isUnreadable() {
    return unreadable;
  }

  /** Whether anything was cut. */
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

  /** A sentence may name a client's field called billing; a code or a list has no such reason. */
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
