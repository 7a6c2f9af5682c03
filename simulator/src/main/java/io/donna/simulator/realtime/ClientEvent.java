package io.donna.simulator.realtime;

import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A client event of the WebSocket transport. */
sealed interface ClientEvent {
  record SessionUpdate(JsonNode session) implements ClientEvent {}

  /** Samples as received, still in base64. */
  record AudioAppend(String audio) implements ClientEvent {}

  record AudioCommit() implements ClientEvent {}

  record AudioClear() implements ClientEvent {}

  /** An item to insert after another one, or at the beginning if the previous id is `root`. */
  record ItemCreate(Optional<String> previousItemId, ObjectNode item) implements ClientEvent {}

  record ItemRetrieve(String itemId) implements ClientEvent {}

  record ItemTruncate(String itemId, int contentIndex, long audioEndMillis)
      implements ClientEvent {}

  record ItemDelete(String itemId) implements ClientEvent {}

  record ResponseCreate(ObjectNode options) implements ClientEvent {}

  record ResponseCancel(Optional<String> responseId) implements ClientEvent {}
}
