package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Action;
import io.donna.gateway.event.Event;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stops responses. The client sees one end as if the upstream's own content filter had stopped it,
 * and its items are deleted from the conversation. Confined to the session's event loop.
 */
final class ResponseStopper {
  private final JudgedResponses responses;
  private final OrderedDelivery delivery;
  private final Interventions interventions;
  private final FixedAnswerScheduler answers;

  ResponseStopper(
      JudgedResponses responses,
      OrderedDelivery delivery,
      Interventions interventions,
      FixedAnswerScheduler answers) {
    this.responses = responses;
    this.delivery = delivery;
    this.interventions = interventions;
    this.answers = answers;
  }

  /**
   * Stops a response; does nothing if it is stopped already.
   *
   * @param isTold whether the client knows already that its speech will not be answered, and why
   */
  void stop(JudgedResponse reply, Finding why, boolean isTold) {
    if (reply.isStopped) {
      return;
    }
    reply.isStopped = true;
    reply.stopped = why;
    responses.stop(reply);
    if (why.action() == Action.END) {
      interventions.end(why);
      return;
    }
    if (!isTold) {
      tell(reply, why);
    }
    ObjectNode done = reply.done;
    boolean isUnattributed = reply.id().isEmpty();
    if (!reply.isDone && !isUnattributed) {
      interventions.cancel(reply.id());
    } else if (!reply.isDoneSent && done != null) {
      finish(reply, done);
    } else {
      deleteItems(reply);
    }
    delivery.release();
    answers.requestOwed();
  }

  private void tell(JudgedResponse reply, Finding why) {
    // If a fixed answer was stopped itself, the next would be stopped, too.
    if (why.action() == Action.CANCEL || reply.wasFixed()) {
      interventions.tell(why);
    } else {
      answers.owe(why);
    }
  }

  /**
   * Sends the client {@code response.done} without output; of a response that a guard stopped, with
   * the reason {@code content_filter}.
   */
  void finish(JudgedResponse reply, ObjectNode done) {
    if (done.get("response") instanceof ObjectNode response) {
      if (reply.stopped != null) {
        response.put("status", "incomplete");
        response
            .putObject("status_details")
            .put("type", "incomplete")
            .put("reason", "content_filter");
      }
      response.putArray("output");
    }
    deleteItems(reply);
    delivery.send(Event.of(done));
  }

  /** Deletes its items, so that the next response does not build on them. */
  private void deleteItems(JudgedResponse reply) {
    responses.close(reply);
    if (reply.inConversation()) {
      reply.items().forEach(interventions::delete);
    }
  }
}
