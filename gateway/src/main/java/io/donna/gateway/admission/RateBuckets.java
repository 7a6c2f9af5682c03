package io.donna.gateway.admission;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RateBucket} for each user or address. The table has a fixed number of places: who has
 * used up its rate, or rests, keeps its place whoever else comes, and a newcomer for whom there is
 * none waits (ADR 20). Safe from any thread.
 */
final class RateBuckets {
  /** Eight places a row; a full table takes 4 MB. */
  private static final int ROWS_BITS = 13;

  private final int perMinute;
  private final Duration backOff;
  private final AtomicReferenceArray<Row> rows = new AtomicReferenceArray<>(1 << ROWS_BITS);

  /** Nobody outside knows which keys meet in a row, so nobody can fill a row on purpose. */
  private final byte[] seed = new byte[16];

  RateBuckets(int perMinute, Duration backOff) {
    this.perMinute = perMinute;
    this.backOff = backOff;
    new SecureRandom().nextBytes(seed);
  }

  /** Whose pace it is: half of a keyed SHA-256. */
  long key(byte[] name) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(seed);
      return ByteBuffer.wrap(digest.digest(name)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  long key(InetAddress address) {
    return key(address.getAddress());
  }

  /** Takes one opening; or returns how long to wait for it, in nanoseconds above 0. */
  long take(long key, long now) {
    return row(key)
        .with(
            key,
            now,
            pace -> {
              long wait = pace.waitFor(perMinute, now);
              if (wait <= 0) {
                pace.take(perMinute, now);
              }
              return Math.max(0, wait);
            });
  }

  void failed(long key, long now) {
    row(key)
        .with(
            key,
            now,
            pace -> {
              pace.failed(backOff, now);
              return 0;
            });
  }

  void succeeded(long key, long now) {
    row(key)
        .with(
            key,
            now,
            pace -> {
              pace.succeeded();
              return 0;
            });
  }

  private Row row(long key) {
    int index = (int) (key >>> (Long.SIZE - ROWS_BITS));
    Row row = rows.get(index);
    if (row == null) {
      rows.compareAndSet(index, null, new Row());
      row = rows.get(index);
    }
    return row;
  }

  private final class Row {
    private static final int PLACES = 8;

    private final long[] keys = new long[PLACES];
    private final @Nullable RateBucket[] paces = new RateBucket[PLACES];

    /** Does {@code deed} with the key's pace; returns the wait for a place where it has none. */
    synchronized long with(long key, long now, ToLongFunction<RateBucket> deed) {
      int best = 0;
      long shortest = Long.MAX_VALUE;
      for (int i = 0; i < PLACES; i++) {
        RateBucket pace = paces[i];
        if (pace != null && keys[i] == key) {
          return deed.applyAsLong(pace);
        }
        long claim =
            pace == null || pace.isIdle(now) ? Long.MIN_VALUE : pace.waitFor(perMinute, now);
        if (claim < shortest) {
          shortest = claim;
          best = i;
        }
      }
      if (shortest > 0) {
        return shortest;
      }
      RateBucket fresh = new RateBucket(now);
      keys[best] = key;
      paces[best] = fresh;
      return deed.applyAsLong(fresh);
    }
  }
}
