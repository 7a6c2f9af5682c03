package io.donna.gateway.config;

import java.util.Optional;

/** Session fields that {@code /realtime} sets with its own {@code session.update}, if any. */
public record SessionDefaults(
    Optional<String> instructions, Optional<String> voice, boolean serverVad) {
  public boolean isEmpty() {
    return instructions.isEmpty() && voice.isEmpty() && !serverVad;
  }
}
