package io.donna.gateway.metering;

import io.donna.gateway.config.policy.Budget;

/** The result of asking for a {@link Reservation}. */
sealed interface ReservationResult {
  /** The cost is reserved. */
  record Reserved(Reservation reservation) implements ReservationResult {}

  /** The budget is spent. */
  record UsedUp(Budget budget) implements ReservationResult {}

  /** What is left of the budget is reserved for responses in flight. */
  record InUse(Budget budget) implements ReservationResult {}

  /** The user has the most responses in flight that are allowed. */
  record TooMany(int most) implements ReservationResult {}
}
