package io.donna.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.policy.Limit;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SessionRateLimitsTest {
  @ParameterizedTest
  @EnumSource(Limit.class)
  void takesTheHighestNumberThereIsForNoLimit(Limit limit) {
    SessionRateLimits limits = new SessionRateLimits(Map.of(limit, Long.MAX_VALUE));

    assertThat(limits.takeMessage(15 << 20)).isTrue();
    assertThat(limits.takeAudio(60_000)).isTrue();
    assertThat(limits.takeResponse()).isTrue();
  }

  @Test
  void keepsToTheHighestRateThatCanBeCounted() {
    SessionRateLimits limits =
        new SessionRateLimits(Map.of(Limit.BYTES_PER_SECOND, 1_000_000_000L));

    assertThat(limits.takeMessage(999_999_999)).isTrue();
    assertThat(limits.takeMessage(1_500_000_000)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Limit.class)
  void takesNothingAtItsWord(Limit limit) {
    SessionRateLimits limits = new SessionRateLimits(Map.of(limit, 0L));

    assertThat(limits.takeMessage(1))
        .isEqualTo(limit != Limit.MESSAGES_PER_SECOND && limit != Limit.BYTES_PER_SECOND);
    assertThat(limits.takeAudio(1)).isEqualTo(limit != Limit.AUDIO_SECONDS_PER_MINUTE);
    assertThat(limits.takeResponse()).isEqualTo(limit != Limit.RESPONSES_PER_MINUTE);
  }

  @Test
  void fillsNothingAgainWhereLimitsBecomeLess() {
    Map<Limit, Long> limits = Map.of(Limit.RESPONSES_PER_MINUTE, 2L, Limit.IDLE_SECONDS, 60L);
    SessionRateLimits first = new SessionRateLimits(limits);
    assertThat(first.takeResponse()).isTrue();
    assertThat(first.takeResponse()).isTrue();

    SessionRateLimits second =
        new SessionRateLimits(
            Map.of(Limit.RESPONSES_PER_MINUTE, 2L, Limit.IDLE_SECONDS, 59L), first);

    assertThat(second.takeResponse()).isFalse();
  }
}
