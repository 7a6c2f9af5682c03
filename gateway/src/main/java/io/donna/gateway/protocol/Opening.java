package io.donna.gateway.protocol;

import io.donna.gateway.event.EventType;
import java.time.Duration;
import java.util.Optional;

/** How the sessions of a protocol are opened, and where their model is named. */
public sealed interface Opening {
  /** In the request, which opens the upstream; a client that names none gets the upstream's. */
  Opening AT_ONCE = new ByModel(Optional.empty());

  /**
   * The model is named in the request, which opens the upstream.
   *
   * @param model the model of a client that names none; empty for the upstream's
   */
  record ByModel(Optional<String> model) implements Opening {}

  /**
   * The request opens the upstream, and says what kind of session it is for.
   *
   * @param event names the model
   */
  record ByIntent(String intent, EventType event) implements Opening {}

  /**
   * The upstream is opened when the client's first message has been judged. It says nothing before
   * it has that message.
   *
   * @param event the first message, which names the model
   * @param maxBytes the size of a message that comes before the upstream is opened
   * @param timeout within which it must come
   */
  record ByFirstMessage(EventType event, int maxBytes, Duration timeout) implements Opening {}
}
