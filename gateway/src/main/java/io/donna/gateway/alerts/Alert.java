package io.donna.gateway.alerts;

import io.donna.gateway.config.alerts.AlertKind;
import io.donna.gateway.config.alerts.AlertRule;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.Optional;

/**
 * An active alert, or one that has just ended.
 *
 * @param subject what it is about: the masked address with most attempts, a tier, a server, a model
 * @param since when it began
 * @param value the latest value, in the unit of its kind
 * @param rule the rule by which it is active
 */
public record Alert(
    AlertKind kind, Optional<String> subject, Instant since, BigDecimal value, AlertRule rule) {
  private static final int DECIMALS = 3;

  /** The alert in words: what happened, and the threshold. */
  public String message() {
    return NoticeText.of(new Notice(this, Notice.State.ACTIVE, since));
  }

  /** A value as people read it: few decimals, no exponent. */
  static BigDecimal rounded(double value) {
    BigDecimal rounded = BigDecimal.valueOf(value).setScale(DECIMALS, RoundingMode.HALF_UP);
    BigDecimal stripped = rounded.stripTrailingZeros();
    return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
  }
}
