package io.donna.gateway.auth;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The limits that a token may set, by their names in claims: {@code session_seconds} and so on. */
public enum TokenLimit {
  /** Concurrent sessions of the user. */
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

  /** The name in a claim. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<TokenLimit> named(String key) {
    return Arrays.stream(values()).filter(limit -> limit.key().equals(key)).findFirst();
  }

  /** Whether the limit is an amount of money, which may have decimals; others are whole numbers. */
  boolean isMoney() {
    return key().startsWith("usd_");
  }
}
