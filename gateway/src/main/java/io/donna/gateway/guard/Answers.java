package io.donna.gateway.guard;

import io.donna.gateway.realtime.EventId;
import io.donna.gateway.realtime.Passage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fixed answers of one conversation: those that were asked for, and the one that is owed in
 * place of a response, which the upstream makes only once no other is in flight. Confined to the
 * session's event loop.
 */
final class Answers {
  private static final String BUSY = "conversation_already_has_active_response";

  private final Passage passage;
  private final Interventions interventions;

  /** Responses in the conversation that the upstream has not ended. */
  private final Set<String> running = new HashSet<>();

  /** Marks of fixed answers that have not begun, and the ids that they were asked for as. */
  private final Map<String, String> marks = new HashMap<>();

  /** What is to be answered in place of a response, once none is in flight. */
  private @Nullable Finding owed;

  /** What was asked for to answer it, and has not begun. */
  private @Nullable Finding asked;

  private String askedAs = "";

  Answers(Passage passage, Interventions interventions) {
    this.passage = passage;
    this.interventions = interventions;
  }

  /**
   * A response that only says a sentence is asked for as {@code eventId}, which may be the client's
   * word.
   *
   * @return the mark that it is to have, which is not
   */
  String expect(String eventId) {
    String mark = UUID.randomUUID().toString();
    marks.put(mark, eventId);
    return mark;
  }

  /** A response is to be answered in place of; not before {@link #askForWhatIsOwed}. */
  void owe(Finding why) {
    owed = why;
  }

  void askForWhatIsOwed() {
    Finding answer = owed;
    if (answer != null && running.isEmpty()) {
      owed = null;
      asked = answer;
      askedAs = EventId.next();
      ObjectNode create = JsonNodeFactory.instance.objectNode().put("type", "response.create");
      FixedAnswer.put(create, askedAs, expect(askedAs), answer.rule().answer());
      passage.toUpstream(create.toString());
    }
  }

  /**
   * A response begins.
   *
   * @param mark what it is marked with
   * @return whether it is one of these answers
   */
  boolean begin(Reply reply, @Nullable String mark) {
    if (reply.inConversation()) {
      running.add(reply.id());
    }
    String askedFor = mark == null ? null : marks.remove(mark);
    if (askedAs.equals(askedFor)) {
      forgetAsked();
    }
    return askedFor != null;
  }

  /** The upstream has ended a response. */
  void finish(String response) {
    running.remove(response);
  }

  /**
   * The upstream would not do what {@code offender} asked for.
   *
   * @return whether that was an answer of ours, and nobody else's concern
   */
  boolean refused(String offender, String code) {
    marks.values().remove(offender);
    Finding answer = asked;
    if (answer == null || !offender.equals(askedAs)) {
      return false;
    }
    forgetAsked();
    if (code.equals(BUSY)) {
      owed = answer; // once that one is done
    } else {
      interventions.tell(answer);
    }
    return true;
  }

  private void forgetAsked() {
    asked = null;
    askedAs = "";
  }
}
