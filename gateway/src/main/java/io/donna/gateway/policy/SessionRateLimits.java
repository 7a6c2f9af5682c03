package io.donna.gateway.policy;

import io.donna.gateway.config.policy.LimitKind;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.local.LocalBucketBuilder;
import io.github.bucket4j.local.SynchronizationStrategy;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A session's rate limits: token buckets that hold a second's or a minute's worth and refill
 * continuously. Confined to the session's event loop.
 */
final class SessionRateLimits {
  private static final long MICROS = 1_000_000;
  private static final Duration NEVER = Duration.ofDays(36_500);

  private final @Nullable Bucket messages;
  private final @Nullable Bucket bytes;
  private final @Nullable Bucket audioMicros;
  private final @Nullable Bucket responses;

  SessionRateLimits(Map<LimitKind, Long> limits) {
    this(limits, null);
  }

  /**
   * Creates buckets with new limits.
   *
   * @param before the session's buckets so far; a renewal does not refill what was used
   */
  SessionRateLimits(Map<LimitKind, Long> limits, @Nullable SessionRateLimits before) {
    Duration second = Duration.ofSeconds(1);
    Duration minute = Duration.ofMinutes(1);
    messages =
        bucket(
            limits.get(LimitKind.MESSAGES_PER_SECOND),
            1,
            second,
            before == null ? null : before.messages);
    bytes =
        bucket(
            limits.get(LimitKind.BYTES_PER_SECOND),
            1,
            second,
            before == null ? null : before.bytes);
    audioMicros =
        bucket(
            limits.get(LimitKind.AUDIO_SECONDS_PER_MINUTE),
            MICROS,
            minute,
            before == null ? null : before.audioMicros);
    responses =
        bucket(
            limits.get(LimitKind.RESPONSES_PER_MINUTE),
            1,
            minute,
            before == null ? null : before.responses);
  }

  /**
   * The bucket of a limit. Null if there is no limit, or one that cannot be reached: Bucket4j
   * refills at most one token a nanosecond.
   */
  private static @Nullable Bucket bucket(
      @Nullable Long count, long unit, Duration time, @Nullable Bucket before) {
    if (count == null || count > time.toNanos() / unit) {
      return null;
    }
    LocalBucketBuilder builder =
        Bucket.builder().withSynchronizationStrategy(SynchronizationStrategy.NONE);
    long left = before == null ? Long.MAX_VALUE : before.getAvailableTokens();
    // A limit of a token may be 0, but a bucket's capacity may not.
    return count == 0
        ? builder
            .addLimit(limit -> limit.capacity(1).refillIntervally(1, NEVER).initialTokens(0))
            .build()
        : builder
            .addLimit(limit ->
                limit
                    .capacity(count * unit)
                    .refillGreedy(count * unit, time)
                    .initialTokens(Math.min(count * unit, left)))
            .build();
  }

  boolean takeMessage(int length) {
    return take(messages, 1) && take(bytes, length);
  }

  boolean takeAudio(long micros) {
    return take(audioMicros, micros);
  }

  boolean takeResponse() {
    return take(responses, 1);
  }

  private static boolean take(@Nullable Bucket bucket, long amount) {
    return bucket == null || amount <= 0 || bucket.tryConsume(amount);
  }
}
