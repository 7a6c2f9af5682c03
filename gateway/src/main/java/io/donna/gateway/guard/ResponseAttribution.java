package io.donna.gateway.guard;

import org.jspecify.annotations.Nullable;

/**
 * Attributes upstream events to responses: by the response ID, by the item, or else to the running
 * response. What belongs to none is judged as a response of its own. Confined to the session's
 * event loop.
 */
final class ResponseAttribution {
  private final JudgedResponses responses;
  private final OrderedDelivery delivery;
  private final boolean holdsBack;
  private final boolean judgesAll;

  /**
   * Attributes the events of one conversation.
   *
   * @param holdsBack whether a response is withheld until all of it is judged
   * @param judgesAll whether output that belongs to no response is judged, too
   */
  ResponseAttribution(
      JudgedResponses responses, OrderedDelivery delivery, boolean holdsBack, boolean judgesAll) {
    this.responses = responses;
    this.delivery = delivery;
    this.holdsBack = holdsBack;
    this.judgesAll = judgesAll;
  }

  /** The response of an event; null if the event may pass unjudged. */
  @Nullable JudgedResponse replyOf(
      UpstreamEvent event, String response, String item, boolean unjudged) {
    if (!response.isEmpty()) {
      JudgedResponse open = responses.open(response);
      if (open == null && !responses.hasPassed(response)) {
        return add(new JudgedResponse(response, true), unjudged); // no response.created came for it
      }
      return open == null ? unattributed(unjudged) : open;
    }
    JudgedResponse ofItem = item.isEmpty() ? null : responses.ofItem(item);
    if (ofItem != null || !event.isOfAssistant()) {
      return ofItem;
    }
    JudgedResponse running = responses.running();
    return running != null && event.mayBeOf(running) ? running : unattributed(unjudged);
  }

  /** A new response for output that belongs to no open one; null if it may pass unjudged. */
  private @Nullable JudgedResponse unattributed(boolean unjudged) {
    return judgesAll || unjudged ? add(new JudgedResponse("", true), unjudged) : null;
  }

  /**
   * Adds a response that has begun.
   *
   * @param unjudged whether it may have read speech of the user's that was not judged
   */
  JudgedResponse add(JudgedResponse reply, boolean unjudged) {
    reply.mayAnswerUnjudged = unjudged && !reply.isFixed();
    reply.isHeldBack = holdsBack;
    responses.add(reply);
    return reply;
  }

  /** Adds an item to a response, and hides it from the client if it is new. */
  void addItem(JudgedResponse reply, String item) {
    if (!item.isEmpty() && responses.addItem(reply, item)) {
      delivery.hide(item);
    }
  }
}
