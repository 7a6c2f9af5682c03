package io.donna.gateway.metering;

import io.donna.gateway.config.policy.Budget;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which accounts the other replicas have to hear of, and which this one has to hear of. Guarded by
 * the {@link Ledger}'s lock.
 */
final class AccountSharing {
  /** Accounts that have changed, in that order. */
  private final Set<AccountOwner> unstated = new LinkedHashSet<>();

  /** Accounts of live sessions, with when others were last asked; the longest ago first. */
  private final Map<AccountOwner, Long> watched = new LinkedHashMap<>();

  /** The account has changed. A session is on one replica. */
  void changed(AccountOwner owner) {
    if (owner.per() != Budget.Per.SESSION) {
      unstated.add(owner);
    }
  }

  void watch(AccountOwner owner, long now) {
    watched.putIfAbsent(owner, now);
  }

  void unwatch(AccountOwner owner) {
    watched.remove(owner);
    changed(owner); // others hear that nothing is held any more
  }

  /** The account is being spoken of. */
  void speaksOf(AccountOwner owner, long now) {
    unstated.remove(owner);
    if (watched.remove(owner) != null) {
      watched.put(owner, now);
    }
  }

  /**
   * The accounts that are to be spoken of now: those that have changed, and those of live sessions
   * of which nothing was heard for {@code patience} nanoseconds.
   *
   * @param most how many at once
   */
  List<AccountOwner> due(long now, long patience, int most) {
    List<AccountOwner> due = new ArrayList<>();
    Iterator<AccountOwner> changed = unstated.iterator();
    while (changed.hasNext() && due.size() < most) {
      due.add(changed.next());
    }
    for (Map.Entry<AccountOwner, Long> one : watched.entrySet()) {
      if (due.size() >= most || now - one.getValue() < patience) {
        break;
      }
      if (!unstated.contains(one.getKey())) {
        due.add(one.getKey());
      }
    }
    return due;
  }
}
