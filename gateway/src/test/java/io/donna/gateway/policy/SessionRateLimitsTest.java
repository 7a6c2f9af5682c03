package io.donna.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.policy.LimitKind;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SessionRateLimitsTest {
  @ParameterizedTest
  @EnumSource(LimitKind.class)
  void takesTheHighestNumberThereIsForNoLimit(LimitKind limit) {
    SessionRateLimits limits = new SessionRateLimits(Map.of(limit, Long.MAX_VALUE));

    assertThat(limits.takeMessage(15 << 20)).isTrue();
    assertThat(limits.takeAudio(60_000)).isTrue();
    assertThat(limits.takeResponse()).isTrue();
  }

  @Test
  void keepsToTheHighestRateThatCanBeCounted() {
    SessionRateLimits limits =
        new SessionRateLimits(Map.of(LimitKind.BYTES_PER_SECOND, 1_000_000_000L));

    assertThat(limits.takeMessage(999_999_999)).isTrue();
    assertThat(limits.takeMessage(1_500_000_000)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(LimitKind.class)
  void takesNothingAtItsWord(LimitKind limit) {
    SessionRateLimits limits = new SessionRateLimits(Map.of(limit, 0L));

    assertThat(limits.takeMessage(1))
        .isEqualTo(limit != LimitKind.MESSAGES_PER_SECOND && limit != LimitKind.BYTES_PER_SECOND);
    assertThat(limits.takeAudio(1)).isEqualTo(limit != LimitKind.AUDIO_SECONDS_PER_MINUTE);
    assertThat(limits.takeResponse()).isEqualTo(limit != LimitKind.RESPONSES_PER_MINUTE);
  }

  @Test
  void fillsNothingAgainWhereLimitsBecomeLess() {
    Map<LimitKind, Long> limits =
        Map.of(LimitKind.RESPONSES_PER_MINUTE, 2L, LimitKind.IDLE_SECONDS, 60L);
    SessionRateLimits first = new SessionRateLimits(limits);
    assertThat(first.takeResponse()).isTrue();
    assertThat(first.takeResponse()).isTrue();

    SessionRateLimits second =
        new SessionRateLimits(
            Map.of(LimitKind.RESPONSES_PER_MINUTE, 2L, LimitKind.IDLE_SECONDS, 59L), first);

    assertThat(second.takeResponse()).isFalse();
  }

  /** A second's worth at once, and no more; each limit of its own. */
  @Test
  void takesAsMuchAtOnceAsItsTimeAllows() {
    SessionRateLimits limits =
        new SessionRateLimits(
            Map.of(
                LimitKind.MESSAGES_PER_SECOND, 3L,
                LimitKind.AUDIO_SECONDS_PER_MINUTE, 2L,
                LimitKind.RESPONSES_PER_MINUTE, 1L));

    assertThat(limits.takeAudio(2_000_001)).isFalse();
    assertThat(limits.takeAudio(2_000_000)).isTrue();
    assertThat(limits.takeAudio(1_000_000)).isFalse();
    assertThat(limits.takeAudio(0)).isTrue();
    assertThat(limits.takeResponse()).isTrue();
    assertThat(limits.takeResponse()).isFalse();
    for (int i = 0; i < 3; i++) {
      assertThat(limits.takeMessage(1 << 20)).isTrue();
    }
    SessionRateLimits bytes = new SessionRateLimits(Map.of(LimitKind.BYTES_PER_SECOND, 1_000L));
    assertThat(bytes.takeMessage(1_001)).isFalse();
    assertThat(bytes.takeMessage(1_000)).isTrue();
  }

  /** What was used stays used, of every kind, and a limit that a renewal adds is whole. */
  @Test
  void carriesWhatWasUsedIntoNewLimits() {
    Map<LimitKind, Long> limits =
        Map.of(
            LimitKind.MESSAGES_PER_SECOND, 1_000L,
            LimitKind.AUDIO_SECONDS_PER_MINUTE, 60L,
            LimitKind.RESPONSES_PER_MINUTE, 10L);
    SessionRateLimits first = new SessionRateLimits(limits);
    assertThat(first.takeAudio(59_000_000)).isTrue();
    for (int i = 0; i < 9; i++) {
      assertThat(first.takeResponse()).isTrue();
    }

    SessionRateLimits second =
        new SessionRateLimits(
            Map.of(
                LimitKind.AUDIO_SECONDS_PER_MINUTE, 50L,
                LimitKind.RESPONSES_PER_MINUTE, 10L,
                LimitKind.BYTES_PER_SECOND, 100L),
            first);

    assertThat(second.takeAudio(30_000_000)).isFalse();
    assertThat(second.takeAudio(1_000_000)).isTrue();
    assertThat(second.takeResponse()).isTrue();
    assertThat(second.takeResponse()).isFalse();
    assertThat(second.takeMessage(101)).isFalse();
    assertThat(second.takeMessage(100)).isTrue();
    SessionRateLimits third =
        new SessionRateLimits(Map.of(LimitKind.RESPONSES_PER_MINUTE, 1L), first);
    assertThat(third.takeResponse()).isTrue();
    assertThat(third.takeResponse()).isFalse();
  }
}
