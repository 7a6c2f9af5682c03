package io.donna.gateway.kit;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Has Awaitility look soon and then less and less often: what tests wait for is mostly there within
 * milliseconds, and by itself it first looks after a tenth of a second. On for every class, by
 * {@code META-INF/services}.
 */
public final class Polling implements BeforeAllCallback {
  private static final Duration FIRST = Duration.ofMillis(2);
  private static final Duration LONGEST = Duration.ofMillis(100);

  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultPollInterval(
        (count, before) -> before.isZero() ? FIRST : shorter(before.multipliedBy(2), LONGEST));
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
