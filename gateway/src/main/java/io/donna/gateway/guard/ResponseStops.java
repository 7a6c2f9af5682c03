package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule.Action;
import io.donna.gateway.realtime.Event;
import tools.jackson.databind.node.ObjectNode;

/**
 * What follows for a response that is stopped: it ends, for the client, as one that the upstream's
 * own filter has stopped, and its items are taken out of the conversation. Confined to the
 * session's event loop.
 */
final class ResponseStops {
  private final JudgedResponses responses;
  private final ResponseDelivery delivery;
  private final Interventions interventions;
  private final FixedAnswers answers;

  ResponseStops(
      JudgedResponses responses,
      ResponseDelivery delivery,
      Interventions interventions,
      FixedAnswers answers) {
    this.responses = responses;
    this.delivery = delivery;
    this.interventions = interventions;
    this.answers = answers;
  }

  /**
   * Stops a response, once.
   *
   * @param isTold whether the client knows already that it will not be answered, and why
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
    boolean isApart = reply.id().isEmpty();
    if (!reply.isDone && !isApart) {
      interventions.cancel(reply.id());
    } else if (!reply.clientKnowsItIsDone && done != null) {
      finish(reply, done);
    } else {
      takeBack(reply);
    }
    delivery.release();
    answers.askForWhatIsOwed();
  }

  private void tell(JudgedResponse reply, Finding why) {
    // Where an answer is stopped itself, the next one would be, too.
    if (why.action() == Action.CANCEL || reply.wasFixed()) {
      interventions.tell(why);
    } else {
      answers.owe(why);
    }
  }

  /** The client hears that it is over, and of what it came to, as of the upstream's own filter. */
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
    takeBack(reply);
    delivery.send(Event.of(done));
  }

  /** The next response must not build on what was not to be said. */
  private void takeBack(JudgedResponse reply) {
    responses.close(reply);
    if (reply.inConversation()) {
      reply.items().forEach(interventions::delete);
    }
  }
}
