package io.donna.gateway.alerts;

import java.time.Duration;
import java.util.Optional;

/**
 * Whether one alert is active, and what is told of it. Damps values that move about their
 * threshold: an alert ends only when its value has been on the right side for a time, and that it
 * has begun is told at most once in a cool-down. What begins again within that is told at its end,
 * if it is still active. Confined to the thread that evaluates.
 */
final class AlertState {
  /**
   * The times of a rule.
   *
   * @param mustLast how long a value must exceed the threshold before the alert begins
   */
  record Pace(Duration mustLast, Duration resolveAfter, Duration coolDown) {}

  private static final long NEVER = Long.MIN_VALUE;

  private boolean active;
  private boolean told;
  private long exceededSince = NEVER;
  private long withinSince = NEVER;
  private long toldAt = NEVER;

  /**
   * Takes a value's verdict.
   *
   * @param now nanoseconds that never go back
   * @return what is to be told
   */
  Optional<Notice.State> update(boolean exceeded, long now, Pace pace) {
    return exceeded ? exceeded(now, pace) : within(now, pace);
  }

  private Optional<Notice.State> exceeded(long now, Pace pace) {
    withinSince = NEVER;
    if (exceededSince == NEVER) {
      exceededSince = now;
    }
    active |= hasPassed(exceededSince, now, pace.mustLast);
    if (!active || told || isCoolingDown(now, pace)) {
      return Optional.empty();
    }
    told = true;
    toldAt = now;
    return Optional.of(Notice.State.ACTIVE);
  }

  private Optional<Notice.State> within(long now, Pace pace) {
    exceededSince = NEVER;
    if (withinSince == NEVER) {
      withinSince = now;
    }
    return active && hasPassed(withinSince, now, pace.resolveAfter) ? end() : Optional.empty();
  }

  /** Ends the alert at once, as when its rule or its subject is gone. */
  Optional<Notice.State> end() {
    boolean wasTold = told;
    active = false;
    told = false;
    exceededSince = NEVER;
    return wasTold ? Optional.of(Notice.State.RESOLVED) : Optional.empty();
  }

  boolean isActive() {
    return active;
  }

  /** Whether the state is as if it were new. */
  boolean isForgettable(long now, Pace pace) {
    return !active && exceededSince == NEVER && !isCoolingDown(now, pace);
  }

  private boolean isCoolingDown(long now, Pace pace) {
    return toldAt != NEVER && !hasPassed(toldAt, now, pace.coolDown);
  }

  private static boolean hasPassed(long since, long now, Duration time) {
    return now - since >= time.toNanos();
  }
}
