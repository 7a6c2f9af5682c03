package io.donna.gateway.metering;

import io.donna.gateway.config.policy.Budget;

/** What came of asking for a {@link Reservation}. */
sealed interface ReservationResult {
  /** The cost is set aside. */
  record Reserved(Reservation reservation) implements ReservationResult {}

  /** The budget is spent. */
  record UsedUp(Budget budget) implements ReservationResult {}

  /** What is left of the budget is reserved for responses in flight. */
  record InUse(Budget budget) implements ReservationResult {}

  /** The user has as many responses in flight as one may have. */
  record TooMany(int most) implements ReservationResult {}
}
