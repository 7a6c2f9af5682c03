package io.donna.gateway.metering;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A requested response.
 *
 * @param eventId the request's event ID upstream; empty if it has none
 * @param renamed whether that is an ID of the gateway's, in place of {@code clientsId}
 * @param reading its input
 * @param before what had been added to the conversation when it was requested
 * @param place how it relates to the conversation
 * @param named the model that it asks for by name
 * @param outputBytesPerMs byte rate of its speech, if it asks for a format of its own
 */
record ResponseRequest(
    String eventId,
    boolean renamed,
    @Nullable String clientsId,
    Tokens reading,
    Tokens before,
    Place place,
    Optional<String> named,
    Optional<Integer> outputBytesPerMs,
    Optional<Reservation> reservation,
    long requestedAt) {
  /** What a response reads, and whether it becomes part of the conversation. */
  enum Place {
    /** Reads the session and the conversation, and becomes part of it. */
    CONVERSATION,
    /** As before, but with instructions or tools of its own. */
    OWN_INSTRUCTIONS,
    /** Reads its own input, and becomes part of the conversation. */
    OWN_INPUT,
    /** Does not become part of the conversation, whatever it reads. */
    OUT_OF_BAND;

    private static final Set<String> INSTRUCTIONS = Set.of("instructions", "prompt", "tools");

    /**
     * The place of a response with these options, the {@code response} of a {@code
     * response.create}.
     */
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
        clientsId,
        reading,
        before,
        place,
        named,
        outputBytesPerMs,
        Optional.of(reserved),
        requestedAt);
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
        requestedAt);
  }
}
