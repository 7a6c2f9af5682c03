package io.donna.gateway.config;

import java.util.Optional;

/** What {@code /realtime} sets up by a {@code session.update} of its own, where anything is set. */
public record SessionDefaults(
    Optional<String> instructions, Optional<String> voice, boolean serverVad) {
  public boolean isEmpty() {
    return instructions.isEmpty() && voice.isEmpty() && !serverVad;
  }
}
