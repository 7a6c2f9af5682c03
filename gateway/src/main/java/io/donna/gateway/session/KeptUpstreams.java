package io.donna.gateway.session;

import io.donna.gateway.sharing.SharedPlaces;
import java.util.function.IntPredicate;

/**
 * Limits the upstreams that are kept open after their clients have left, to receive outstanding
 * usage: a few per user, a share of the process's connections in total, and none while resources
 * are short. Safe from any thread.
 */
public final class KeptUpstreams {
  /** An honest user does not abandon more answers than this in ten seconds. */
  static final int OF_ONE_USER = 4;

  private final SharedPlaces places;
  private final IntPredicate shortage;

  /**
   * @param most the limit for all users
   * @param shortage whether the process is short of memory or connections with this many kept
   */
  public KeptUpstreams(int most, IntPredicate shortage) {
    this.places = SharedPlaces.ofWhich(most, OF_ONE_USER);
    this.shortage = shortage;
  }

  /** Takes a place for an upstream; false if there is none and it must close at once. */
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

  /** Whether kept upstreams must close early. */
  boolean isShort() {
    return shortage.test(places.taken());
  }

  int total() {
    return places.taken();
  }
}
