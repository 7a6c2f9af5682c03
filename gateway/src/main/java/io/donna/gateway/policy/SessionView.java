package io.donna.gateway.policy;

import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.config.policy.Limit;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventId;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.InspectorContext;
import io.donna.gateway.realtime.Key;
import io.donna.gateway.realtime.Replies;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The session as the upstream has it, as the tier wants it and as the client may see it. The
 * gateway's own updates and their echoes are not seen at all: the client's first sight of its
 * session is of one that is set up. Confined to the session's event loop.
 */
final class SessionView {
  private static final Logger LOG = LoggerFactory.getLogger(SessionView.class);

  /** Instructions and tools fit many times. */
  private static final int LARGEST_SESSION = 1 << 20;

  private static final Refusal TOO_MANY_UPDATES =
      new Refusal(
          "too_many_updates",
          "The upstream has %d updates of the session to answer. Wait for them."
              .formatted(PendingUpdates.MOST_OPEN));

  /** An id that is longer is not given back to the client. */
  private static final int LONGEST_ID = 1_024;

  private final Tier tier;
  private final String session;
  private final boolean changesSessions;
  private final PendingUpdates updates = new PendingUpdates();
  private final TurnDetection detection = new TurnDetection();

  /** Where somebody judges them. */
  private final Optional<ForcedTranscription> transcripts;

  private boolean tracks;
  private boolean settingUp;

  /** Of the user's speech, as the upstream says. */
  private int statedBytesASecond = SpeechFormat.PCM_BYTES_A_SECOND;

  /** And with every update that it has still to answer: the fewest. */
  private int bytesASecond = SpeechFormat.PCM_BYTES_A_SECOND;

  /** Of the assistant's. */
  private int playedBytesASecond = SpeechFormat.PCM_BYTES_A_SECOND;

  /** The upstream's first word, until the session is as the tier wants it. */
  private @Nullable ObjectNode heldBack;

  /**
   * Of one connection.
   *
   * @param session the id of the session that it belongs to, for the log
   */
  SessionView(Tier tier, String session) {
    this.tier = tier;
    this.session = session;
    this.transcripts =
        tier.needsTranscripts() ? Optional.of(new ForcedTranscription(tier)) : Optional.empty();
    this.changesSessions = tier.gatesTurns() || transcripts.isPresent();
    this.tracks = changesSessions || tier.limits().containsKey(Limit.AUDIO_SECONDS_PER_MINUTE);
  }

  boolean isSettingUp() {
    return settingUp;
  }

  boolean answersTurns() {
    return detection.answersTurns();
  }

  /** Whether the client did not ask for transcripts, and there are some. */
  boolean hidesTranscripts() {
    return transcripts.isPresent() && !transcripts.get().areShown();
  }

  OptionalLong idleMillis() {
    return detection.idleMillis();
  }

  /**
   * How long base64 of the user's speech sounds, at most: in the format that takes the fewest bytes
   * of all that may be in force.
   */
  long microsOf(long base64) {
    return SpeechFormat.microsOf(base64, bytesASecond);
  }

  /** How long the speech in a {@code response.output_audio.delta} sounds. */
  long playedMicrosOf(Event delta) {
    return SpeechFormat.microsOf(Math.max(0, delta.lengthOfString(Key.DELTA)), playedBytesASecond);
  }

  /** Has the session begin as the tier wants it. */
  void setUp(InspectorContext context) {
    Optional<ObjectNode> wanted = TierSetUp.of(tier);
    if (wanted.isPresent()) {
      settingUp = true;
      tracks = true;
      String id = EventId.next();
      track(id, update(true, Optional.empty(), wanted.get()));
      context.toUpstream(TierSetUp.update(id, wanted.get()).toString());
    }
  }

  private void track(String id, PendingUpdates.Update update) {
    updates.sent(id, update);
    bytesASecond = updates.fewestBytesASecond(statedBytesASecond);
  }

  private PendingUpdates.Update update(boolean own, Optional<String> given, ObjectNode session) {
    return new PendingUpdates.Update(
        own,
        given,
        tier.gatesTurns() ? TurnDetection.take(session) : TurnDetection.Asked.NOTHING,
        transcripts.flatMap(writing -> writing.take(session)),
        SpeechFormat.bytesASecond(session));
  }

  /** Readies the client's update, which was judged, for the upstream. */
  Optional<Refusal> send(EditableEvent draft) {
    ObjectNode update = draft.tree();
    if (!tracks || !(update.get("session") instanceof ObjectNode session)) {
      return Optional.empty();
    }
    if (updates.areTooMany()) {
      return Optional.of(TOO_MANY_UPDATES);
    }
    Optional<Refusal> refusal = tier.gatesTurns() ? TurnDetection.judge(session) : Optional.empty();
    if (refusal.isPresent()) {
      return refusal;
    }
    Optional<String> given =
        Optional.ofNullable(update.get("event_id"))
            .filter(JsonNode::isString)
            .map(JsonNode::asString)
            .filter(id -> id.length() <= LONGEST_ID);
    String id = EventId.next();
    draft.change();
    update.put("event_id", id);
    track(id, update(false, given, session));
    return Optional.empty();
  }

  /** The upstream says what the session is. */
  void receive(Event event, InspectorContext context) {
    if (event.length() > LARGEST_SESSION) {
      context.end(
          Replies.gatewayError("upstream_excessive", "The upstream's session is too large."),
          PolicyCloseReasons.EXCESSIVE);
      return;
    }
    Optional<ObjectNode> tree = event.tree();
    if (tree.isEmpty() || !(tree.get().get("session") instanceof ObjectNode session)) {
      if (!changesSessions) {
        context.toClient(event); // nothing that we could have to hide
      }
      return;
    }
    statedBytesASecond = SpeechFormat.bytesASecond(session).orElse(SpeechFormat.PCM_BYTES_A_SECOND);
    playedBytesASecond =
        SpeechFormat.playedBytesASecond(session).orElse(SpeechFormat.PCM_BYTES_A_SECOND);
    if (event.type() == EventType.SESSION_CREATED) {
      bytesASecond = updates.fewestBytesASecond(statedBytesASecond);
      detection.learn(session, TurnDetection.Asked.NOTHING);
      if (settingUp) {
        heldBack = tree.get();
      } else {
        show(event, tree.get(), session, context);
      }
      return;
    }
    Optional<PendingUpdates.Update> taken = updates.taken();
    bytesASecond = updates.fewestBytesASecond(statedBytesASecond);
    detection.learn(
        session, taken.map(PendingUpdates.Update::detection).orElse(TurnDetection.Asked.NOTHING));
    transcripts.ifPresent(
        writing -> writing.learn(taken.flatMap(PendingUpdates.Update::transcripts)));
    if (taken.isPresent() && taken.get().own()) {
      settingUp = false;
      showFirst(session, context);
    } else {
      show(event, tree.get(), session, context);
    }
  }

  private void showFirst(ObjectNode session, InspectorContext context) {
    if (heldBack != null) {
      ObjectNode created = heldBack;
      heldBack = null;
      created.set("session", session);
      change(session);
      context.toClient(Event.of(created));
    }
  }

  private void show(Event event, ObjectNode tree, ObjectNode session, InspectorContext context) {
    if (changesSessions) {
      change(session);
      context.toClient(event.rewrite(tree));
    } else {
      context.toClient(event);
    }
  }

  private void change(ObjectNode session) {
    if (tier.gatesTurns()) {
      detection.show(session);
    }
    transcripts.ifPresent(writing -> writing.show(session));
  }

  /** The upstream would not do what {@code offender} asked for. */
  void receiveError(Event event, ObjectNode tree, String offender, InspectorContext context) {
    PendingUpdates.Update refused = updates.refused(offender);
    if (refused == null) {
      context.toClient(event);
      return;
    }
    bytesASecond = updates.fewestBytesASecond(statedBytesASecond);
    if (refused.own()) {
      fail(Optional.of(tree), context);
    } else {
      context.toClient(event.rewrite(withOffender(tree, refused.given().orElse(null))));
    }
  }

  /** The upstream has refused the session that the tier wants, by {@code error} where it is one. */
  void fail(Optional<ObjectNode> error, InspectorContext context) {
    String why = error.map(tree -> tree.path("error").path("message").asString("")).orElse("");
    LOG.atError()
        .addKeyValue("session", session)
        .log(
            "the upstream rejected the session configuration of tier {}: {}",
            tier.name(),
            ForeignText.of(why));
    end(context);
  }

  /** An error of what the client does not know of, as its own would be that has no id. */
  static ObjectNode withoutOffender(ObjectNode error) {
    return withOffender(error, null);
  }

  private static ObjectNode withOffender(ObjectNode error, @Nullable String offender) {
    if (error.get("error") instanceof ObjectNode fault) {
      fault.put("event_id", offender);
    }
    return error;
  }

  /** The upstream has had its time to take the session. */
  void giveUp(InspectorContext context) {
    if (settingUp) {
      LOG.atError()
          .addKeyValue("session", session)
          .log(
              "the upstream did not confirm the session configuration of tier {} in time",
              tier.name());
      end(context);
    }
  }

  /** Unlocked, a session is not to be had. */
  private static void end(InspectorContext context) {
    context.end(
        Replies.gatewayError(
            "policy_not_applied", "The session cannot be set up as this gateway's policy asks."),
        PolicyCloseReasons.NOT_TAKEN);
  }
}
