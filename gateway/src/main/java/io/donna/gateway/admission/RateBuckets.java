package io.donna.gateway.admission;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RateBucket} for each user or address. The table has a fixed size: a key that has used up
 * its rate or backs off keeps its entry however many others come, and a new key without a free
 * entry must wait (ADR 20). Safe from any thread.
 */
final class RateBuckets {
  /** Eight entries per row; a full table takes 4 MB. */
  private static final int ROWS_BITS = 13;

  private final int perMinute;
  private final Duration backOff;
  private final LongSupplier nanoTime;
  private final AtomicReferenceArray<Row> rows = new AtomicReferenceArray<>(1 << ROWS_BITS);

  /** Keeps the mapping of keys to rows secret, so that nobody can fill a row on purpose. */
  private final byte[] seed = new byte[16];

  RateBuckets(int perMinute, Duration backOff, LongSupplier nanoTime) {
    this.perMinute = perMinute;
    this.backOff = backOff;
    this.nanoTime = nanoTime;
    new SecureRandom().nextBytes(seed);
  }

  /** The key of a bucket: half of a keyed SHA-256. */
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

  /** Takes one opening and returns 0, or returns how long to wait, in nanoseconds above 0. */
  long take(long key) {
    return row(key)
        .with(
            key,
            (bucket, now) -> {
              long wait = bucket.waitFor(perMinute, now);
              if (wait <= 0) {
                bucket.take(perMinute, now);
              }
              return Math.max(0, wait);
            });
  }

  /** Undoes a {@link #take} that returned 0. */
  void giveBack(long key) {
    row(key)
        .with(
            key,
            (bucket, now) -> {
              bucket.giveBack(perMinute);
              return 0;
            });
  }

  void failed(long key) {
    row(key)
        .with(
            key,
            (bucket, now) -> {
              bucket.failed(backOff, now);
              return 0;
            });
  }

  void succeeded(long key) {
    row(key)
        .with(
            key,
            (bucket, now) -> {
              bucket.succeeded();
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

  /** What is done to a bucket, and the wait that it causes. */
  private interface Action {
    long on(RateBucket bucket, long now);
  }

  private final class Row {
    private static final int PLACES = 8;

    private final long[] keys = new long[PLACES];
    private final @Nullable RateBucket[] buckets = new RateBucket[PLACES];

    /**
     * Applies {@code action} to the key's bucket; if no entry is free, returns the wait for one.
     * Reads the clock under the lock: to a thread with an earlier time, a bucket that another has
     * just made or touched would seem to back off.
     */
    synchronized long with(long key, Action action) {
      long now = nanoTime.getAsLong();
      int best = 0;
      long shortest = Long.MAX_VALUE;
      for (int i = 0; i < PLACES; i++) {
        RateBucket bucket = buckets[i];
        if (bucket != null && keys[i] == key) {
          return action.on(bucket, now);
        }
        long claim =
            bucket == null || bucket.isIdle(now) ? Long.MIN_VALUE : bucket.waitFor(perMinute, now);
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
      buckets[best] = fresh;
      return action.on(fresh, now);
    }
  }
}
