package io.donna.gateway.dialect;

import tools.jackson.databind.node.ObjectNode;

/** Which generation of event shapes a side speaks. */
public enum Dialect {
  /** Today's: {@code output_modalities}, {@code response.output_audio.delta}. */
  GA,
  /** The retired beta's: {@code modalities}, {@code response.audio.delta}. */
  BETA;

  /**
   * What a client's event says of the client. Today's sessions name their type, the beta's cannot;
   * where that is missing and a field is there that only the beta has, it is the beta.
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
