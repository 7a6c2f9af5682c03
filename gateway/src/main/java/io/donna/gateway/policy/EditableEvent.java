package io.donna.gateway.policy;

import io.donna.gateway.event.EventType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A client's event while it is judged: its tree, and whether the tree still equals what the client
 * sent. Whoever changes the tree directly must call {@link #change}.
 */
final class EditableEvent {
  private final ObjectNode tree;
  private final EventSurvey survey;
  private boolean changed;

  EditableEvent(EventType type, ObjectNode tree) {
    this.tree = tree;
    this.survey = EventSurvey.of(type, tree);
  }

  /** The survey of the event as the client sent it. */
  EventSurvey survey() {
    return survey;
  }

  ObjectNode tree() {
    return tree;
  }

  boolean isChanged() {
    return changed;
  }

  /** Marks the tree as changed; called before or after changing it. */
  void change() {
    changed = true;
  }

  /** Removes the field at {@code path} from {@code settings}, if it is there. */
  void remove(ObjectNode settings, String path) {
    changed |= FieldPaths.remove(settings, path);
  }

  void set(ObjectNode settings, String path, JsonNode value) {
    changed = true;
    FieldPaths.set(settings, path, value);
  }
}
