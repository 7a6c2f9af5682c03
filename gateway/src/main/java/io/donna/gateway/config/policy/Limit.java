package io.donna.gateway.config.policy;

import java.util.Locale;

/** What a tier may limit, by the names that the policy file uses. */
public enum Limit {
  MESSAGES_PER_SECOND("messages of a client in a second"),
  BYTES_PER_SECOND("bytes of a client's messages in a second"),
  AUDIO_SECONDS_PER_MINUTE("seconds of a client's speech in a minute"),
  RESPONSES_PER_MINUTE("responses in a minute, a turn's own counted"),
  SESSION_SECONDS("from the first connection on"),
  IDLE_SECONDS("without a message either way"),
  SESSIONS_PER_USER("at once, of one user"),
  SESSIONS("at once, of all of the tier");

  private final String meaning;

  Limit(String meaning) {
    this.meaning = meaning;
  }

  /** As the file spells it. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  public String meaning() {
    return meaning;
  }
}
