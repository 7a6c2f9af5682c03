package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenExpiryTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final AtomicInteger notices = new AtomicInteger();
  private final AtomicInteger ends = new AtomicInteger();
  private final TokenExpiry expiry =
      new TokenExpiry(
          channel.eventLoop(),
          Optional.of(left -> notices.incrementAndGet()),
          ends::incrementAndGet);

  private void pass(Duration time) {
    Duration left = time;
    while (!left.isZero()) {
      Duration step = left.compareTo(Duration.ofHours(25)) < 0 ? left : Duration.ofHours(25);
      channel.advanceTimeBy(step.toMillis(), TimeUnit.MILLISECONDS);
      channel.runScheduledPendingTasks();
      left = left.minus(step);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {60, 86_399, 86_400, 86_430, 86_431, 2_592_000, 2_592_001, 40_000_000})
  void announcesTheEndThirtySecondsAheadAndKeepsToItHoweverLateItIs(long seconds) {
    channel.freezeTime();
    expiry.restart(Optional.of(Duration.ofSeconds(seconds)));

    pass(Duration.ofSeconds(seconds - 31));
    assertThat(notices).hasValue(0);
    pass(Duration.ofSeconds(1));
    assertThat(notices).hasValue(1);
    pass(Duration.ofSeconds(29));
    assertThat(ends).hasValue(0);
    pass(Duration.ofSeconds(1));
    assertThat(ends).hasValue(1);
  }

  @Test
  void takesTheLastSecondThatATokenCanName() {
    Duration left = Duration.between(Instant.EPOCH, Instant.parse("9999-12-31T23:59:59Z"));
    channel.freezeTime();
    expiry.restart(Optional.of(left));
    pass(Duration.ofDays(400));

    assertThat(notices).hasValue(0);
    assertThat(ends).hasValue(0);
    expiry.cancel();
    expiry.restart(Optional.of(Duration.ofSeconds(10)));
    pass(Duration.ofSeconds(10));
    assertThat(ends).hasValue(1);
  }
}
