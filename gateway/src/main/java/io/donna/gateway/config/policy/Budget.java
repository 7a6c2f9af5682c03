package io.donna.gateway.config.policy;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Optional;

/**
 * A spending limit of a scope (such as a user) in a time window.
 *
 * @param tokens input and output tokens; empty for no limit
 * @param usd US dollars; empty for no limit
 */
public record Budget(Per per, Window window, Optional<Long> tokens, Optional<BigDecimal> usd) {
  /** The scope that shares the budget. */
  public enum Per {
    SESSION,
    USER,
    TENANT,
    TIER
  }

  /** The window after which the budget resets, in UTC; a session's budget lasts for the session. */
  public enum Window {
    SESSION,
    HOUR,
    DAY,
    MONTH
  }

  /** For people: {@code 50000 tokens and $2.50 per user and day}. */
  @Override
  public String toString() {
    String amount =
        tokens.map(count -> count + " tokens").orElse("")
            + (tokens.isPresent() && usd.isPresent() ? " and " : "")
            + usd.map(dollars -> "$" + dollars.toPlainString()).orElse("");
    String scope = per.name().toLowerCase(Locale.ROOT);
    return per == Per.SESSION
        ? amount + " per session"
        : amount + " per " + scope + " and " + window.name().toLowerCase(Locale.ROOT);
  }
}
