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
 * The account of all memory that is held for peers, at every stage: a request that is not whole, a
 * message that is not, what waits for an upstream, what a peer does not read. Nobody may hold more
 * than is left for all others, as switches share out their buffers: however much one takes, what a
 * voice needs is there, and the more that hold, the less each may. Where memory is scarce all the
 * same, {@link #relieve} ends a holder: one that holds much, of an account that holds much in all.
 * What counts is the one times the other, each as a power of two: so neither can an account hide
 * behind many small holdings, nor is one that many share, each of whom holds little, the first to
 * suffer for one that holds as much alone. Safe from any thread.
 */
public final class HeldBytes {
  /** A large message of an honest client is through by then, or nearly. */
  static final Duration GRACE = Duration.ofSeconds(10);

  /** A holder of less is not worth ending. */
  private static final int LEAST_SHIFT = 14;

  /** Powers of two from 16 KiB up, and at 0 whoever holds less. */
  private static final int SIZES = Long.SIZE - LEAST_SHIFT + 1;

  private final long limit;
  private final LongSupplier nanoTime;
  private final AtomicLong total = new AtomicLong();

  /** Guards what is below, and what a holding keeps for it. */
  private final Lock lock = new ReentrantLock();

  /** Of those that hold something that they may be told to let go of, by what names them. */
  private final Map<Object, Account> accounts = new HashMap<>();

  /** The same by rank, in each the one first that has been there longest. */
  private final List<SequencedSet<Account>> byRank =
      Stream.<SequencedSet<Account>>generate(LinkedHashSet::new).limit(2 * SIZES).toList();

  /** What those hold who have been told to let go and have not yet. */
  private long leaving;

  /**
   * For how long memory has been scarce of late, in nanoseconds: grows up to {@link #GRACE} while
   * it is, and shrinks as fast while it is not.
   */
  private long shortage;

  private boolean scarceAtLook;
  private long lookedAt;

  public HeldBytes(long limit) {
    this(limit, System::nanoTime);
  }

  HeldBytes(long limit, LongSupplier nanoTime) {
    this.limit = limit;
    this.nanoTime = nanoTime;
    this.lookedAt = nanoTime.getAsLong();
  }

  /** Half of what Netty may take of this process's memory; the rest is for what flows. */
  public static HeldBytes ofThisProcess() {
    return new HeldBytes(PlatformDependent.maxDirectMemory() / 2);
  }

  /** The most that may be held. */
  public long limit() {
    return limit;
  }

  /** All that is held now. */
  public long total() {
    return total.get();
  }

  /** How many accounts have something that they may be told to let go of. */
  int accounts() {
    lock.lock();
    try {
      return accounts.size();
    } finally {
      lock.unlock();
    }
  }

  /** Whether more than half of it is taken: the time to let nobody in who would want some. */
  public boolean isScarce() {
    return total.get() > limit / 2;
  }

  /**
   * Where memory is scarce, tells one holder to let go: of those who have held 16 KiB or more for
   * longer than ten seconds, one of the largest of the accounts that hold most. Once memory has
   * been scarce for ten seconds itself, one of the largest of all: or whoever lets go every nine
   * seconds, and takes as much again, would never have to. Takes the same time however many there
   * are.
   */
  public void relieve() {
    Holding victim = null;
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

  private @Nullable Holding takeLargest() {
    long now = nanoTime.getAsLong();
    boolean patient = shortage < GRACE.toNanos();
    for (int rank = byRank.size() - 1; rank > 0; rank--) {
      SequencedSet<Account> alike = byRank.get(rank);
      Holding largest = alike.isEmpty() ? null : alike.getFirst().largest(patient, now);
      if (largest != null) {
        takeOut(largest);
        leaving += bytesOf(largest.size);
        largest.leaving = true;
        return largest;
      }
    }
    return null;
  }

  /**
   * Somebody who held {@code before} bytes now holds {@code after}; it counts in any case.
   *
   * @return whether it may; where it may not, it has to let go
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

  /** Under the lock, whenever memory becomes scarce or is so no longer, and before it counts. */
  private void measureShortage() {
    long now = nanoTime.getAsLong();
    long passed = now - lookedAt;
    shortage =
        scarceAtLook
            ? Math.min(GRACE.toNanos(), shortage + passed)
            : Math.max(0, shortage - passed);
    scarceAtLook = isScarce();
    lookedAt = now;
  }

  /** The class that {@code bytes} are in. */
  static int sizeOf(long bytes) {
    return Long.SIZE - Long.numberOfLeadingZeros(bytes >> LEAST_SHIFT);
  }

  private static long bytesOf(int size) {
    return 1L << (LEAST_SHIFT + size - 1);
  }

  /** {@code holding} is of another size than before. */
  void move(Holding holding, int size) {
    lock.lock();
    try {
      if (holding.size == 0) {
        holding.since = nanoTime.getAsLong();
      } else if (holding.leaving) {
        holding.leaving = false;
        leaving -= bytesOf(holding.size);
      } else {
        takeOut(holding);
      }
      holding.size = size;
      if (size > 0) {
        putIn(holding);
      }
    } finally {
      lock.unlock();
    }
  }

  /** {@code holding} is somebody else's than before. */
  void setAccount(Holding holding, String account) {
    lock.lock();
    try {
      boolean counts = holding.size > 0 && !holding.leaving;
      if (counts) {
        takeOut(holding);
      }
      holding.account = account;
      if (counts) {
        putIn(holding);
      }
    } finally {
      lock.unlock();
    }
  }

  private void putIn(Holding holding) {
    accounts.computeIfAbsent(holding.account, name -> new Account()).add(holding);
  }

  private void takeOut(Holding holding) {
    Account account = Objects.requireNonNull(accounts.get(holding.account));
    account.remove(holding);
    if (account.isEmpty()) {
      accounts.remove(holding.account);
    }
  }

  /** What is held in one name, where it may be told to let go. Used under the lock. */
  private final class Account {
    /** Holdings by the power of two of their size, in each the one first that has been longest. */
    private final TreeMap<Integer, SequencedSet<Holding>> bySize = new TreeMap<>();

    private long bytes;
    private int rank;

    boolean isEmpty() {
      return bySize.isEmpty();
    }

    void add(Holding holding) {
      bySize.computeIfAbsent(holding.size, any -> new LinkedHashSet<>(2)).add(holding);
      bytes += bytesOf(holding.size);
      rerank();
    }

    void remove(Holding holding) {
      SequencedSet<Holding> alike = Objects.requireNonNull(bySize.get(holding.size));
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

    /** Its largest holding; of those that have been held for long, where {@code patient}. */
    @Nullable Holding largest(boolean patient, long now) {
      for (SequencedSet<Holding> alike : bySize.descendingMap().values()) {
        Holding longest = alike.getFirst();
        if (!patient || now - longest.since >= GRACE.toNanos()) {
          return longest;
        }
      }
      return null;
    }
  }
}
