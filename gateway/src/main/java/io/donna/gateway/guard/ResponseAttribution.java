package io.donna.gateway.guard;

import org.jspecify.annotations.Nullable;

/**
 * Says which response an event of the upstream's belongs to: by the response that it names, by its
 * item, or else by what runs. What belongs to none is judged as if it were one. Confined to the
 * session's event loop.
 */
final class ResponseAttribution {
  private final JudgedResponses responses;
  private final ResponseDelivery delivery;
  private final boolean holdsBack;
  private final boolean judgesAll;

  /**
   * Of one conversation.
   *
   * @param holdsBack whether nothing of a response passes before it is judged to its end
   * @param judgesAll whether what belongs to no response is judged, too
   */
  ResponseAttribution(
      JudgedResponses responses, ResponseDelivery delivery, boolean holdsBack, boolean judgesAll) {
    this.responses = responses;
    this.delivery = delivery;
    this.holdsBack = holdsBack;
    this.judgesAll = judgesAll;
  }

  /** Whose event it is; null where it may pass as it is. */
  @Nullable JudgedResponse replyOf(
      UpstreamEvent event, String response, String item, boolean unjudged) {
    if (!response.isEmpty()) {
      JudgedResponse open = responses.open(response);
      if (open == null && !responses.hasPassed(response)) {
        return add(new JudgedResponse(response, true), unjudged); // nobody has told that it begins
      }
      return open == null ? apart(unjudged) : open;
    }
    JudgedResponse ofItem = item.isEmpty() ? null : responses.ofItem(item);
    if (ofItem != null || !event.isOfAssistant()) {
      return ofItem;
    }
    JudgedResponse running = responses.running();
    return running != null && event.mayBeOf(running) ? running : apart(unjudged);
  }

  /** Stands for what belongs to no response that is open, where it must not pass unjudged. */
  private @Nullable JudgedResponse apart(boolean unjudged) {
    return judgesAll || unjudged ? add(new JudgedResponse("", true), unjudged) : null;
  }

  /**
   * A response has begun.
   *
   * @param unjudged whether it may have read what the user said and nobody has judged
   */
  JudgedResponse add(JudgedResponse reply, boolean unjudged) {
    reply.mayHaveRead = unjudged && !reply.isFixed();
    reply.isHeldBack = holdsBack;
    responses.add(reply);
    return reply;
  }

  /** A response tells of an item of its own. */
  void meet(JudgedResponse reply, String item) {
    if (!item.isEmpty() && responses.addItem(reply, item)) {
      delivery.meet(item);
    }
  }
}
