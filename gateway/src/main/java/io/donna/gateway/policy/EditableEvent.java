package io.donna.gateway.policy;

import io.donna.gateway.realtime.EventType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a client says while it is judged: its tree, and whether the tree still says what the client
 * said. Whoever changes something in it does so by a method of this class, or says {@link #change}.
 */
final class EditableEvent {
  private final ObjectNode tree;
  private final EventSurvey survey;
  private boolean changed;

  EditableEvent(EventType type, ObjectNode tree) {
    this.tree = tree;
    this.survey = EventSurvey.of(type, tree);
  }

  /** What the client said, before anything in it was changed. */
  EventSurvey survey() {
    return survey;
  }

  ObjectNode tree() {
    return tree;
  }

  boolean isChanged() {
    return changed;
  }

  /** Something in it is, or is about to be, changed. */
  void change() {
    changed = true;
  }

  /** Takes the field at {@code path} out of {@code settings}, if it is there. */
  void remove(ObjectNode settings, String path) {
    changed |= FieldPaths.remove(settings, path);
  }

  void set(ObjectNode settings, String path, JsonNode value) {
    changed = true;
    FieldPaths.set(settings, path, value);
  }
}
