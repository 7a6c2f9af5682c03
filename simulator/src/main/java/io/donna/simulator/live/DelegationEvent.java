package io.donna.simulator.live;

import tools.jackson.databind.node.ObjectNode;

/** The fields of `session.delegation.created`. The task itself is never named. */
final class DelegationEvent {
  private DelegationEvent() {}

  /** Adds the fields, and returns the delegation for those of its target. */
  static ObjectNode describe(ObjectNode event, long offsetMillis, String id, String target) {
    return event
        .put("offset_ms", offsetMillis)
        .putObject("delegation")
        .put("id", id)
        .put("type", "delegation")
        .put("target", target);
  }
}
