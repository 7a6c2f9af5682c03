package io.donna.gateway.config.policy;

import java.util.Locale;

/** The limits of a tier, named as in the policy file. */
public enum LimitKind {
  MESSAGES_PER_SECOND("client messages per second"),
  BYTES_PER_SECOND("bytes of client messages per second"),
  AUDIO_SECONDS_PER_MINUTE("seconds of client speech per minute"),
  RESPONSES_PER_MINUTE("responses per minute, those to turns included"),
  SESSION_SECONDS("seconds per session, from its first connection"),
  IDLE_SECONDS("seconds without a message in either direction"),
  SESSIONS_PER_USER("concurrent sessions per user"),
  SESSIONS("concurrent sessions in the tier");

  private final String meaning;

  LimitKind(String meaning) {
    this.meaning = meaning;
  }

  /** The name in the policy file. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  public String meaning() {
    return meaning;
  }
}
