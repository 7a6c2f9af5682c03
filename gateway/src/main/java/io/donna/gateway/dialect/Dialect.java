package io.donna.gateway.dialect;

import tools.jackson.databind.node.ObjectNode;

/** The version of the Realtime protocol that a side uses. */
public enum Dialect {
  /** The current version: {@code output_modalities}, {@code response.output_audio.delta}. */
  GA,
  /** The retired beta: {@code modalities}, {@code response.audio.delta}. */
  BETA;

  /**
   * Detects the client's dialect from an event. GA sessions name their type, beta sessions cannot.
   * If the type is missing and a field is present that only the beta has, the dialect is the beta.
   */
  public static Dialect of(ObjectNode event) {
    boolean beta =
        switch (event.path("type").asString("")) {
          case "transcription_session.update" -> true;
          case "session.update" ->
              event.get("session") instanceof ObjectNode session
                  && !session.has("type")
                  && FieldMapping.SESSION.isBeta(session);
          case "response.create" ->
              event.get("response") instanceof ObjectNode response && response.has("modalities");
          default -> false;
        };
    return beta ? BETA : GA;
  }
}
