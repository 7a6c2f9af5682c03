package io.donna.gateway.cluster.redis;

import io.donna.gateway.audit.FaultWords;
import io.donna.gateway.audit.ForeignText;
import io.lettuce.core.RedisCommandExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Says in an operator's words why Redis is of no use. */
final class RedisFault {
  private RedisFault() {}

  /** A description without a full stop. */
  static String words(Throwable fault) {
    return causes(fault)
        .filter(RedisCommandExecutionException.class::isInstance)
        .findFirst()
        .map(refusal -> refused(String.valueOf(refusal.getMessage())))
        .orElseGet(() -> unanswered(fault));
  }

  /** Whether the fault is what somebody has written into one key, and Redis is well. */
  static boolean isOfKey(Throwable fault) {
    return causes(fault)
        .filter(RedisCommandExecutionException.class::isInstance)
        .map(refusal -> String.valueOf(refusal.getMessage()))
        .anyMatch(error -> error.contains("WRONGTYPE"));
  }

  private static Stream<Throwable> causes(Throwable fault) {
    return Stream.iterate(fault, cause -> cause != null, Throwable::getCause).limit(8);
  }

  private static String unanswered(Throwable fault) {
    if (causes(fault).anyMatch(TimeoutException.class::isInstance)) {
      return "no answer in time";
    }
    String words = FaultWords.of(fault);
    return words.contains("not connected") ? "the connection was lost" : words; // Lettuce's words
  }

  /** By the first word of its error, which is the error's kind. */
  private static String refused(String error) {
    return switch (error.split(" ", 2)[0]) {
      case "WRONGPASS" -> "it refuses the user or the password in REDIS_URL";
      case "NOAUTH" -> "it requires a password, which REDIS_URL does not have";
      case "NOPERM" -> "the user in REDIS_URL lacks a right: " + ForeignText.of(error);
      case "OOM" -> "it is full, and evicts nothing";
      case "READONLY" ->
          "it is a replica, which cannot be written to: REDIS_URL must lead to the master";
      case "LOADING" -> "it is still loading its data";
      case "CLUSTERDOWN", "MASTERDOWN" -> "its cluster is down";
      default -> ForeignText.of(error).toString();
    };
  }
}
