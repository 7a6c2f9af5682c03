package io.donna.gateway.metering;

import io.donna.gateway.config.policy.Budget;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One that has an account: a session, a user, a tenant or a tier. */
record AccountOwner(Budget.Per per, String name) {
  /** All that a session's costs count for. */
  static List<AccountOwner> of(String session, Payer payer) {
    List<AccountOwner> holders = new ArrayList<>(4);
    holders.add(new AccountOwner(Budget.Per.SESSION, session));
    holders.addAll(of(payer));
    return holders;
  }

  /** All but the session. */
  static List<AccountOwner> of(Payer payer) {
    List<AccountOwner> holders = new ArrayList<>(3);
    for (Scope scope : Scope.values()) {
      Optional<String> name = scope.of(payer);
      name.ifPresent(known -> holders.add(new AccountOwner(scope.per(), known)));
    }
    return holders;
  }
}
