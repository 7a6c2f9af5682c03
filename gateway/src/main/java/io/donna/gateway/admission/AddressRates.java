package io.donna.gateway.admission;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.donna.gateway.config.RateLimit;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.net.InetAddress;
import java.time.Duration;

/**
 * How often each address has asked: a window begins with its first request and gives everything
 * back at its end. Safe from any thread; the table is bounded, and an address is forgotten only
 * when its window is over or far more than {@value #MAX_ADDRESSES} others are busier.
 */
final class AddressRates {
  private static final int MAX_ADDRESSES = 200_000;

  private final RateLimit limit;
  private final Cache<InetAddress, Bucket> buckets;

  AddressRates(RateLimit limit) {
    this.limit = limit;
    this.buckets =
        Caffeine.newBuilder()
            .maximumSize(MAX_ADDRESSES)
            .expireAfterAccess(limit.window().plusSeconds(1))
            .build();
  }

  /** Whether one more request is within the rate; it then counts. */
  record Decision(boolean allowed, Quota quota) {}

  Decision ask(InetAddress address) {
    ConsumptionProbe probe = buckets.get(address, any -> bucket()).tryConsumeAndReturnRemaining(1);
    Quota quota =
        new Quota(
            limit.requests(),
            (int) probe.getRemainingTokens(),
            Duration.ofNanos(
                probe.isConsumed()
                    ? probe.getNanosToWaitForReset()
                    : probe.getNanosToWaitForRefill()));
    return new Decision(probe.isConsumed(), quota);
  }

  private Bucket bucket() {
    return Bucket.builder()
        .addLimit(bandwidth ->
            bandwidth.capacity(limit.requests()).refillIntervally(limit.requests(), limit.window()))
        .build();
  }
}
