package io.donna.gateway.config.policy;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Optional;

/**
 * How much may be spent, by whom together, and in which time.
 *
 * @param tokens input and output; empty where they are not limited
 * @param usd US dollars; empty where they are not limited
 */
public record Budget(Per per, Window window, Optional<Long> tokens, Optional<BigDecimal> usd) {
  /** Who spends it together. */
  public enum Per {
    SESSION,
    USER,
    TENANT,
    TIER
  }

  /** When it begins anew, by UTC; a session's lasts as long as the session. */
  public enum Window {
    SESSION,
    HOUR,
    DAY,
    MONTH
  }

  /** As a sentence of the documents would say it. */
  @Override
  public String toString() {
    String what =
        tokens.map(count -> count + " tokens").orElse("")
            + (tokens.isPresent() && usd.isPresent() ? " and " : "")
            + usd.map(amount -> "$" + amount.toPlainString()).orElse("");
    String who = per.name().toLowerCase(Locale.ROOT);
    return per == Per.SESSION
        ? what + " per session"
        : what + " per " + who + " and " + window.name().toLowerCase(Locale.ROOT);
  }
}
