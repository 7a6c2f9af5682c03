package io.donna.gateway.auth;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;

/**
 * Users that operators keep out for a time. Immutable.
 *
 * @param until when each user's block ends, by the user's id
 */
public record UserBlocks(Map<String, Instant> until, Clock clock) {
  public UserBlocks {
    until = Map.copyOf(until);
  }

  boolean cover(String user) {
    Instant end = until.get(user);
    return end != null && end.isAfter(clock.instant());
  }
}
