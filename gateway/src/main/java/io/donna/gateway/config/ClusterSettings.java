package io.donna.gateway.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How the replicas of one gateway share what they count.
 *
 * @param redis where Redis or Valkey is
 * @param timeout the longest that an admission waits for it
 * @param failsClosed whether new sessions are refused while it does not answer
 * @param prefix the beginning of all its keys
 * @param replica the name of this replica, for operators
 */
public record ClusterSettings(
    RedisUrl redis, Duration timeout, boolean failsClosed, String prefix, String replica) {
  private enum Failure {
    LOCAL,
    CLOSED
  }

  private static final String URL = "REDIS_URL";

  static Optional<ClusterSettings> read(SettingsReader reader) {
    Optional<RedisUrl> redis = reader.optional(URL, RedisUrl::parse, RedisUrl.EXPECTED);
    Duration timeout = reader.millis("REDIS_TIMEOUT_MS", 50, 1, 10_000);
    Failure failure = reader.choice("REDIS_FAILURE", Failure.LOCAL, Failure.class);
    String prefix = reader.text("REDIS_PREFIX", "donna:");
    String replica = reader.text("REPLICA_NAME", "");
    if (prefix.length() > 64 || prefix.chars().anyMatch(c -> "{}".indexOf(c) >= 0)) {
      // Braces decide on which server of a cluster a key is.
      reader.problem("REDIS_PREFIX", "must be at most 64 characters, without { and }");
    }
    if (!replica.matches("[A-Za-z0-9._-]{0,64}")) {
      reader.problem("REPLICA_NAME", "must be at most 64 letters, digits, dots, hyphens or _");
    }
    return redis.map(url ->
        new ClusterSettings(
            url,
            timeout,
            failure == Failure.CLOSED,
            prefix,
            replica.isEmpty() ? hostName() : replica));
  }

  /** What must not appear in logs. */
  public List<Secret> secrets() {
    return redis.password().stream().toList();
  }

  private static String hostName() {
    try {
      String name = InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9._-]", "-");
      return name.substring(0, Math.min(64, name.length()));
    } catch (UnknownHostException nameless) {
      return "replica";
    }
  }
}
