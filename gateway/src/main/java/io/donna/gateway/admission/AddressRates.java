package io.donna.gateway.admission;

import io.donna.gateway.config.RateLimit;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Rate limits per address, by fixed windows: a window begins with an address's first request, and
 * the count resets at its end. Safe from any thread. The table has a fixed size; an address that
 * has used up its rate keeps its entry until its window ends, however many others come (ADR 10).
 */
final class AddressRates {
  /** A row of eight entries takes 240 bytes, so a full table takes 16 MB. */
  private static final int ROWS_BITS = 16;

  private final Supplier<RateLimit> limit;
  private final LongSupplier nanoTime;
  private final AtomicReferenceArray<Row> rows = new AtomicReferenceArray<>(1 << ROWS_BITS);

  /** Keeps the mapping of addresses to rows secret, so that nobody can fill a row on purpose. */
  private final long seed = new SecureRandom().nextLong();

  AddressRates(RateLimit limit) {
    this(limit, System::nanoTime);
  }

  /** A limit that may change, read for each request. */
  AddressRates(Supplier<RateLimit> limit) {
    this(limit, System::nanoTime);
  }

  /**
   * @param nanoTime a monotonic clock: a wall clock that is set back would lock addresses out for
   *     that time
   */
  AddressRates(RateLimit limit, LongSupplier nanoTime) {
    this(() -> limit, nanoTime);
  }

  private AddressRates(Supplier<RateLimit> limit, LongSupplier nanoTime) {
    this.limit = limit;
    this.nanoTime = nanoTime;
  }

  /** Whether one more request is within the rate; if so, it has been counted. */
  record Decision(boolean allowed, RateLimitStatus rateLimit) {}

  /** Counts a request of an IPv4 address, or of the /64 of an IPv6 address. */
  Decision ask(InetAddress address) {
    long key = key(address);
    return row(key).ask(key, limit.get(), nanoTime.getAsLong());
  }

  /**
   * Takes over the count that all replicas share, so that an address that has used up its rate is
   * refused here until its window ends.
   *
   * @param used requests in the window
   * @param left until it ends
   */
  void learn(InetAddress address, int used, Duration left) {
    long key = key(address);
    row(key).learn(key, used, nanoTime.getAsLong() + left.toNanos());
  }

  /** Unambiguous: no allocated IPv6 network begins with two zero octets (RFC 4291, 2.4). */
  private static long key(InetAddress address) {
    ByteBuffer octets = ByteBuffer.wrap(address.getAddress());
    return address instanceof Inet4Address
        ? 1L << Integer.SIZE | Integer.toUnsignedLong(octets.getInt())
        : octets.getLong();
  }

  private Row row(long key) {
    int index = (int) (mix(mix(key ^ seed) + seed) >>> (Long.SIZE - ROWS_BITS));
    Row row = rows.get(index);
    if (row == null) {
      rows.compareAndSet(index, null, new Row());
      row = rows.get(index);
    }
    return row;
  }

  /** The finaliser of MurmurHash3. */
  static long mix(long key) {
    long mixed = (key ^ (key >>> 33)) * 0xFF51AFD7ED558CCDL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return mixed ^ (mixed >>> 33);
  }

  /** The entries that an address may use. */
  private static final class Row {
    private static final int PLACES = 8;
    private static final int NONE = -1;

    private final long[] keys = new long[PLACES];
    private final long[] ends = new long[PLACES];

    /** Requests in the window; 0 if the entry is free. */
    private final int[] asked = new int[PLACES];

    synchronized Decision ask(long key, RateLimit limit, long now) {
      freeExpired(now);
      int place = placeOf(key);
      if (place == NONE) {
        place = leastSpent();
        if (asked[place] >= limit.requests()) {
          return refused(limit, soonestEnd(now));
        }
        keys[place] = key;
        ends[place] = now + limit.window().toNanos();
        asked[place] = 0;
      }
      long left = ends[place] - now;
      if (asked[place] >= limit.requests()) {
        return refused(limit, left);
      }
      asked[place]++;
      return new Decision(
          true,
          new RateLimitStatus(
              limit.requests(), limit.requests() - asked[place], Duration.ofNanos(left)));
    }

    synchronized void learn(long key, int used, long end) {
      int place = placeOf(key);
      if (place != NONE) {
        asked[place] = used;
        ends[place] = end;
      }
    }

    private static Decision refused(RateLimit limit, long nanosLeft) {
      return new Decision(
          false, new RateLimitStatus(limit.requests(), 0, Duration.ofNanos(nanosLeft)));
    }

    private void freeExpired(long now) {
      for (int i = 0; i < PLACES; i++) {
        if (ends[i] - now <= 0) {
          asked[i] = 0;
        }
      }
    }

    private int placeOf(long key) {
      for (int i = 0; i < PLACES; i++) {
        if (asked[i] > 0 && keys[i] == key) {
          return i;
        }
      }
      return NONE;
    }

    /** The entry with the fewest requests: a free one, if there is any. */
    private int leastSpent() {
      int least = 0;
      for (int i = 1; i < PLACES; i++) {
        if (asked[i] < asked[least]) {
          least = i;
        }
      }
      return least;
    }

    private long soonestEnd(long now) {
      long soonest = Long.MAX_VALUE;
      for (long end : ends) {
        soonest = Math.min(soonest, end - now);
      }
      return soonest;
    }
  }
}
