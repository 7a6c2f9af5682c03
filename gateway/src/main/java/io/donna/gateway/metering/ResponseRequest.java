package io.donna.gateway.metering;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A response that somebody asked for.
 *
 * @param eventId of the request as the upstream has it; empty where it has none
 * @param renamed whether that is an id of ours, in place of {@code given}
 * @param reading what it reads
 * @param before what had been added to the conversation when it was asked for
 * @param named the model that it asks for by name
 */
record ResponseRequest(
    String eventId,
    boolean renamed,
    @Nullable String given,
    Tokens reading,
    Tokens before,
    boolean outOfBand,
    Optional<String> named,
    Optional<Reservation> reservation,
    long askedAt) {
  ResponseRequest paidBy(Reservation reserved) {
    return new ResponseRequest(
        eventId, renamed, given, reading, before, outOfBand, named, Optional.of(reserved), askedAt);
  }

  ResponseRequest renamedTo(String ours) {
    return new ResponseRequest(
        ours,
        true,
        eventId.isEmpty() ? null : eventId,
        reading,
        before,
        outOfBand,
        named,
        reservation,
        askedAt);
  }
}
