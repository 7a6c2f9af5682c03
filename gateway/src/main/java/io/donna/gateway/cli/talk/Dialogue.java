package io.donna.gateway.cli.talk;

/** How a conversation begins, which the path tells. */
public enum Dialogue {
  /** {@code authenticate} and {@code connect_realtime} come first, as messages. */
  GATEWAY,
  /** The token is in the request, and the session begins by itself, as with OpenAI. */
  DROP_IN
}
