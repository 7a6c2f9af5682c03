package io.donna.gateway.websocket;

import io.netty.util.internal.PlatformDependent;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Accounts for all memory held for peers at every stage: incomplete requests and messages, messages
 * that wait for an upstream, and bytes that a peer does not read. The limit is a dynamic threshold,
 * as in switches that share buffers: no holder may hold more than is left for all others. So
 * however much one takes, the memory for a voice session is there, and the more hold memory, the
 * less each may. If memory is scarce all the same, {@link #relieve} ends one holder. It ranks
 * holders by the size of the holding times the total of its account, each as a power of two: so an
 * account cannot hide behind many small holdings, and an account shared by many small holders is
 * not ended before one that holds as much alone. Safe from any thread.
 */
public final class HeldBytes {
  /** By then a large message of an honest client is complete, or nearly. */
  static final Duration GRACE = Duration.ofSeconds(10);

  /** As a power of two; smaller holders are not worth ending. */
  private static final int MIN_SHIFT = 14;

  /** Size classes: powers of two from 16 KiB, and class 0 below. */
  private static final int SIZES = Long.SIZE - MIN_SHIFT + 1;

  private final long limit;
  private final LongSupplier nanoTime;
  private final AtomicLong total = new AtomicLong();

  /** Guards the fields below, and the fields of holdings that say so. */
  private final Lock lock = new ReentrantLock();

  /** The accounts with holdings that can be released on request, by name. */
  private final Map<Object, Account> accounts = new HashMap<>();

  /** The same accounts by rank; first in each rank the one that has had it longest. */
  private final List<SequencedSet<Account>> byRank =
      Stream.<SequencedSet<Account>>generate(LinkedHashSet::new).limit(2 * SIZES).toList();

  /** Bytes of holders that have been told to let go and have not yet. */
  private long leaving;

  /**
   * How long memory has recently been scarce, in nanoseconds: grows up to {@link #GRACE} while it
   * is, and shrinks as fast while it is not.
   */
  private long shortage;

  private boolean scarceWhenMeasured;
  private long measuredAt;

  public HeldBytes(long limit) {
    this(limit, System::nanoTime);
  }

  public HeldBytes(long limit, LongSupplier nanoTime) {
    this.limit = limit;
    this.nanoTime = nanoTime;
    this.measuredAt = nanoTime.getAsLong();
  }

  /** Allows half of Netty's direct memory in this process; the rest is for bytes in transit. */
  public static HeldBytes ofThisProcess() {
    return new HeldBytes(PlatformDependent.maxDirectMemory() / 2);
  }

  /** The limit, in bytes. */
  public long limit() {
    return limit;
  }

  /** The bytes held now. */
  public long total() {
    return total.get();
  }

  /** The number of accounts with holdings that can be released on request. */
  int accounts() {
    lock.lock();
    try {
      return accounts.size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Whether more than half of the limit is held: from then on, new holders should not be admitted.
   */
  public boolean isScarce() {
    return total.get() > limit / 2;
  }

  /**
   * If memory is scarce, tells one holder to let go: one of the largest, in the accounts that hold
   * most, among those that have held 16 KiB or more for longer than ten seconds. After ten seconds
   * of scarcity, one of the largest of all; otherwise a holder could stay by letting go every nine
   * seconds and taking as much again. Takes constant time for any number of holders.
   */
  public void relieve() {
    BufferedBytesAccount victim = null;
    lock.lock();
    try {
      measureShortage();
      if (total.get() - leaving > limit / 2) {
        victim = takeLargest();
      }
    } finally {
      lock.unlock();
    }
    if (victim != null) {
      victim.tellOwner();
    }
  }

  private @Nullable BufferedBytesAccount takeLargest() {
    long now = nanoTime.getAsLong();
    boolean patient = shortage < GRACE.toNanos();
    for (int rank = byRank.size() - 1; rank > 0; rank--) {
      SequencedSet<Account> alike = byRank.get(rank);
      BufferedBytesAccount largest =
          alike.isEmpty() ? null : alike.getFirst().largest(patient, now);
      if (largest != null) {
        remove(largest);
        leaving += bytesOf(largest.size);
        largest.leaving = true;
        return largest;
      }
    }
    return null;
  }

  /**
   * Records that a holder of {@code before} bytes now holds {@code after}; it counts in any case.
   *
   * @return false if the holder exceeds its share and must let go
   */
  boolean change(long before, long after) {
    long all = total.addAndGet(after - before);
    boolean wasScarce = all - after + before > limit / 2;
    if (wasScarce != all > limit / 2) {
      lock.lock();
      try {
        measureShortage();
      } finally {
        lock.unlock();
      }
    }
    return after <= before || after <= limit - all;
  }

  /** Called under the lock whenever scarcity begins or ends, and before it is used. */
  private void measureShortage() {
    long now = nanoTime.getAsLong();
    long passed = now - measuredAt;
    shortage =
        scarceWhenMeasured
            ? Math.min(GRACE.toNanos(), shortage + passed)
            : Math.max(0, shortage - passed);
    scarceWhenMeasured = isScarce();
    measuredAt = now;
  }

  /** The size class of {@code bytes}. */
  static int sizeOf(long bytes) {
    return Long.SIZE - Long.numberOfLeadingZeros(bytes >> MIN_SHIFT);
  }

  private static long bytesOf(int size) {
    return 1L << (MIN_SHIFT + size - 1);
  }

  /** Records that {@code holding} has changed its size class. */
  void move(BufferedBytesAccount holding, int size) {
    lock.lock();
    try {
      if (holding.size == 0) {
        holding.since = nanoTime.getAsLong();
      } else if (holding.leaving) {
        holding.leaving = false;
        leaving -= bytesOf(holding.size);
      } else {
        remove(holding);
      }
      holding.size = size;
      if (size > 0) {
        add(holding);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Moves {@code holding} to another account. */
  void setAccount(BufferedBytesAccount holding, String account) {
    lock.lock();
    try {
      boolean counts = holding.size > 0 && !holding.leaving;
      if (counts) {
        remove(holding);
      }
      holding.account = account;
      if (counts) {
        add(holding);
      }
    } finally {
      lock.unlock();
    }
  }

  private void add(BufferedBytesAccount holding) {
    accounts.computeIfAbsent(holding.account, name -> new Account()).add(holding);
  }

  private void remove(BufferedBytesAccount holding) {
    Account account = Objects.requireNonNull(accounts.get(holding.account));
    account.remove(holding);
    if (account.isEmpty()) {
      accounts.remove(holding.account);
    }
  }

  /** The holdings of one account that can be released on request. Used under the lock. */
  private final class Account {
    /** Holdings by size class; first in each the one that has been in it longest. */
    private final TreeMap<Integer, SequencedSet<BufferedBytesAccount>> bySize = new TreeMap<>();

    private long bytes;
    private int rank;

    boolean isEmpty() {
      return bySize.isEmpty();
    }

    void add(BufferedBytesAccount holding) {
      bySize.computeIfAbsent(holding.size, any -> new LinkedHashSet<>(2)).add(holding);
      bytes += bytesOf(holding.size);
      rerank();
    }

    void remove(BufferedBytesAccount holding) {
      SequencedSet<BufferedBytesAccount> alike = Objects.requireNonNull(bySize.get(holding.size));
      alike.remove(holding);
      if (alike.isEmpty()) {
        bySize.remove(holding.size);
      }
      bytes -= bytesOf(holding.size);
      rerank();
    }

    private void rerank() {
      int now = bySize.isEmpty() ? 0 : sizeOf(bytes) + bySize.lastKey();
      if (now != rank) {
        byRank.get(rank).remove(this);
        rank = now;
        if (now > 0) {
          byRank.get(now).add(this);
        }
      }
    }

    /**
     * Its largest holding; if {@code patient}, only among those held for at least {@link #GRACE}.
     */
    @Nullable BufferedBytesAccount largest(boolean patient, long now) {
      for (SequencedSet<BufferedBytesAccount> alike : bySize.descendingMap().values()) {
        BufferedBytesAccount longest = alike.getFirst();
        if (!patient || now - longest.since >= GRACE.toNanos()) {
          return longest;
        }
      }
      return null;
    }
  }
}
