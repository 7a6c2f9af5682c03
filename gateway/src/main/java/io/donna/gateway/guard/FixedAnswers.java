package io.donna.gateway.guard;

import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.InspectorContext;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fixed answers of one conversation: those that were asked for, and the one that is owed in
 * place of a response, which the upstream makes only once no other is in flight. Confined to the
 * session's event loop.
 */
final class FixedAnswers {
  private static final String BUSY = "conversation_already_has_active_response";

  private final InspectorContext context;
  private final Interventions interventions;
  private final RequestedResponses asked;

  /** Responses in the conversation that the upstream has not ended. */
  private final Set<String> running = new HashSet<>();

  /** What is to be answered in place of a response, once none is in flight. */
  private @Nullable Finding owed;

  /** What was asked for to answer it, and has not begun. */
  private @Nullable Finding asking;

  private String askingAs = "";

  FixedAnswers(InspectorContext context, Interventions interventions, RequestedResponses asked) {
    this.context = context;
    this.interventions = interventions;
    this.asked = asked;
  }

  /** Asks for the answer in place of what {@code create} asks for. */
  void ask(ObjectNode create, Optional<String> clientsId, Finding why) {
    FixedAnswer answer = FixedAnswer.of(why.rule().answer());
    send(create, asked.add(clientsId, answer), answer);
  }

  private void send(ObjectNode create, String id, FixedAnswer answer) {
    answer.put(create, id);
    context.toUpstream(Event.of(create));
  }

  /** A response is to be answered in place of; not before {@link #askForWhatIsOwed}. */
  void owe(Finding why) {
    owed = why;
  }

  void askForWhatIsOwed() {
    Finding why = owed;
    if (why != null && running.isEmpty()) {
      owed = null;
      asking = why;
      ObjectNode create = JsonNodeFactory.instance.objectNode().put("type", "response.create");
      FixedAnswer answer = FixedAnswer.of(why.rule().answer());
      askingAs =
          asked.add(Optional.empty(), answer); // known before it goes: it may be refused at once
      send(create, askingAs, answer);
    }
  }

  /** A response begins. */
  void begin(JudgedResponse reply) {
    if (reply.inConversation()) {
      running.add(reply.id());
    }
    if (reply.isFixed()) {
      forgetAsking();
    }
  }

  /** The upstream has ended a response. */
  void finish(String response) {
    running.remove(response);
  }

  /**
   * The upstream would not make the response that it was asked for by {@code id}.
   *
   * @return whether that is an answer that was owed, and nobody else's concern
   */
  boolean refused(String id, String code) {
    Finding answer = asking;
    if (answer == null || !id.equals(askingAs)) {
      return false;
    }
    forgetAsking();
    if (code.equals(BUSY)) {
      owed = answer; // once that one is done
    } else {
      interventions.tell(answer);
    }
    return true;
  }

  private void forgetAsking() {
    asking = null;
    askingAs = "";
  }
}
