package io.donna.gateway.session;

import io.donna.gateway.sharing.SharedPlaces;
import java.util.function.IntPredicate;

/**
 * The upstreams that outlive their clients, as they have still to say what they cost: few of one
 * user, a share of the process's connections in all, and none while the process is short of
 * anything. Safe from any thread.
 */
public final class KeptUpstreams {
  /** Somebody who hangs up on more answers than this in ten seconds is not after answers. */
  static final int OF_ONE_USER = 4;

  private final SharedPlaces places;
  private final IntPredicate shortage;

  /**
   * @param most in all
   * @param shortage whether the process is short of memory or connections where it keeps so many
   */
  public KeptUpstreams(int most, IntPredicate shortage) {
    this.places = SharedPlaces.ofWhich(most, OF_ONE_USER);
    this.shortage = shortage;
  }

  /** Takes a place for one; false where there is none, and the upstream has to go at once. */
  boolean take(String account) {
    if (!places.take(account)) {
      return false;
    }
    if (isShort()) {
      places.giveBack(account);
      return false;
    }
    return true;
  }

  void giveBack(String account) {
    places.giveBack(account);
  }

  /** Whether those that are kept have to go before their time. */
  boolean isShort() {
    return shortage.test(places.taken());
  }

  int total() {
    return places.taken();
  }
}
