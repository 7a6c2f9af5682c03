package io.donna.gateway.metering;

import java.util.List;

/**
 * The cost set aside for one response or transcription until its actual cost is known. It counts in
 * every account of the payer. Owned by the {@link Ledger} that made it, which closes it once.
 */
final class Reservation {
  final List<AccountOwner> owners;
  final Spent amount;

  /** The most output tokens that it covers. */
  final long outputTokens;

  /** Whether the cost is certain. */
  final boolean isOwed;

  /** Guarded by the ledger's lock. */
  boolean isOpen = true;

  Reservation(List<AccountOwner> owners, Spent amount, long outputTokens, boolean isOwed) {
    this.isOwed = isOwed;
    this.owners = owners;
    this.amount = amount;
    this.outputTokens = outputTokens;
  }
}
