package io.donna.gateway.sharing;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;

/** A limited number of places, with a limit per account. Safe from any thread. */
public final class SharedPlaces {
  private final int most;
  private final IntUnaryOperator mostOfOne;
  private final AtomicInteger taken = new AtomicInteger();

  /** An account has an entry only while it has a place. */
  private final ConcurrentHashMap<String, Integer> ofAccounts = new ConcurrentHashMap<>();

  private SharedPlaces(int most, IntUnaryOperator mostOfOne) {
    this.most = most;
    this.mostOfOne = mostOfOne;
  }

  /** Of {@code most} places, one account may have {@code ofOne}. */
  public static SharedPlaces ofWhich(int most, int ofOne) {
    return new SharedPlaces(most, taken -> ofOne);
  }

  /**
   * Of {@code most} places, one account may have as many as are left for all others: half of them
   * while it is alone, and fewer the more accounts there are.
   */
  public static SharedPlaces inHalves(int most) {
    return new SharedPlaces(most, taken -> most - taken);
  }

  /** Takes a place; false if there is none for this account. */
  public boolean take(String account) {
    int now = taken.incrementAndGet();
    if (now > most) {
      taken.decrementAndGet();
      return false;
    }
    int allowed = mostOfOne.applyAsInt(now - 1);
    boolean[] has = {false};
    ofAccounts.compute(
        account,
        (whose, before) -> {
          int count = before == null ? 0 : before;
          has[0] = count < allowed;
          return has[0] ? Integer.valueOf(count + 1) : before;
        });
    if (!has[0]) {
      taken.decrementAndGet();
    }
    return has[0];
  }

  /** Returns a place of this account. */
  public void giveBack(String account) {
    taken.decrementAndGet();
    ofAccounts.computeIfPresent(account, (whose, count) -> count == 1 ? null : count - 1);
  }

  /** The number of places taken. */
  public int taken() {
    return taken.get();
  }
}
