package io.donna.gateway.auth;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a token may limit, by the names that it uses: {@code session_seconds} and so on. */
public enum TokenLimit {
  /** At once, of the user. */
  SESSIONS,
  SESSION_SECONDS,
  IDLE_SECONDS,
  MESSAGES_PER_SECOND,
  BYTES_PER_SECOND,
  AUDIO_SECONDS_PER_MINUTE,
  RESPONSES_PER_MINUTE,
  TOKENS_PER_SESSION,
  TOKENS_PER_HOUR,
  TOKENS_PER_DAY,
  TOKENS_PER_MONTH,
  USD_PER_SESSION,
  USD_PER_HOUR,
  USD_PER_DAY,
  USD_PER_MONTH;

  /** As a claim spells it. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<TokenLimit> named(String key) {
    return Arrays.stream(values()).filter(limit -> limit.key().equals(key)).findFirst();
  }

  /** Money has decimals; everything else is counted. */
  boolean isMoney() {
    return key().startsWith("usd_");
  }
}
