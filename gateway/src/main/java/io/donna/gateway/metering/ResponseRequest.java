package io.donna.gateway.metering;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A response that somebody asked for.
 *
 * @param eventId of the request as the upstream has it; empty where it has none
 * @param renamed whether that is an id of ours, in place of {@code given}
 * @param reading what it reads
 * @param before what had been added to the conversation when it was asked for
 * @param place what it has to do with the conversation
 * @param named the model that it asks for by name
 * @param outputBytesPerMs of what it says, where it asks for a format of its own
 */
record ResponseRequest(
    String eventId,
    boolean renamed,
    @Nullable String given,
    Tokens reading,
    Tokens before,
    Place place,
    Optional<String> named,
    Optional<Integer> outputBytesPerMs,
    Optional<Reservation> reservation,
    long askedAt) {
  /** What a response reads, and whether the conversation has it. */
  enum Place {
    /** It reads the session and the conversation, which it becomes part of. */
    CONVERSATION,
    /** As before, but by instructions or tools of its own. */
    OWN_INSTRUCTIONS,
    /** It reads an input of its own, and becomes part of the conversation. */
    OWN_INPUT,
    /** It becomes no part of the conversation, whatever it reads. */
    OUT_OF_BAND;

    private static final Set<String> INSTRUCTIONS = Set.of("instructions", "prompt", "tools");

    /** By the {@code response} of a {@code response.create}. */
    static Place of(JsonNode options) {
      if (options.path("conversation").asString("").equals("none")) {
        return OUT_OF_BAND;
      }
      if (options.path("input").isArray()) {
        return OWN_INPUT;
      }
      return INSTRUCTIONS.stream().anyMatch(options::has) ? OWN_INSTRUCTIONS : CONVERSATION;
    }
  }

  ResponseRequest paidBy(Reservation reserved) {
    return new ResponseRequest(
        eventId,
        renamed,
        given,
        reading,
        before,
        place,
        named,
        outputBytesPerMs,
        Optional.of(reserved),
        askedAt);
  }

  ResponseRequest renamedTo(String ours) {
    return new ResponseRequest(
        ours,
        true,
        eventId.isEmpty() ? null : eventId,
        reading,
        before,
        place,
        named,
        outputBytesPerMs,
        reservation,
        askedAt);
  }
}
