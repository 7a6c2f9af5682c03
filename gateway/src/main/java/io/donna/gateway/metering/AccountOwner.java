package io.donna.gateway.metering;

import io.donna.gateway.config.policy.Budget;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The owner of a spending account: a session, a user, a tenant or a tier. */
record AccountOwner(Budget.Per per, String name) {
  /** All owners that a session's costs are charged to. */
  static List<AccountOwner> of(String session, Payer payer) {
    List<AccountOwner> owners = new ArrayList<>(4);
    owners.add(new AccountOwner(Budget.Per.SESSION, session));
    owners.addAll(of(payer));
    return owners;
  }

  /** The same owners without the session. */
  static List<AccountOwner> of(Payer payer) {
    List<AccountOwner> owners = new ArrayList<>(3);
    for (Scope scope : Scope.values()) {
      Optional<String> name = scope.of(payer);
      name.ifPresent(known -> owners.add(new AccountOwner(scope.per(), known)));
    }
    return owners;
  }
}
