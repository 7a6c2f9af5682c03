package io.donna.gateway.metering;

import java.util.List;

/**
 * What one response or transcription may cost, set aside until its cost is known. It counts in
 * every account of whoever pays. Owned by the {@link Ledger} that made it, which releases it once.
 */
final class Reservation {
  final List<AccountOwner> holders;
  final Spent amount;

  /** The most tokens of output that it pays for. */
  final long outputTokens;

  /** Guarded by the ledger's lock. */
  boolean isOpen = true;

  Reservation(List<AccountOwner> holders, Spent amount, long outputTokens) {
    this.holders = holders;
    this.amount = amount;
    this.outputTokens = outputTokens;
  }
}
