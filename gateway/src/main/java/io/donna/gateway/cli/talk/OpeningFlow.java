package io.donna.gateway.cli.talk;

/** How a conversation begins, determined by the path. */
public enum OpeningFlow {
  /** The messages {@code authenticate} and {@code connect_realtime} come first. */
  GATEWAY,
  /** The token is in the upgrade request, and the session starts at once, as with OpenAI. */
  DROP_IN
}
