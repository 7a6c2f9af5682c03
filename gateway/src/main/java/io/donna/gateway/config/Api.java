package io.donna.gateway.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A voice API of the upstream that the gateway serves. */
public enum Api {
  REALTIME,
  TRANSCRIPTION,
  TRANSLATION,
  LIVE;

  /** Its name in settings, policies, metrics and messages. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The API of this name, character for character. */
  public static Optional<Api> named(String key) {
    return Arrays.stream(values()).filter(api -> api.key().equals(key)).findFirst();
  }
}
