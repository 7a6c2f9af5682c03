package io.donna.gateway.policy;

import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.config.policy.LimitKind;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventId;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.event.Replies;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps the upstream's session, the tier's and the client's view of it apart. The client never sees
 * the gateway's own updates or their echoes: its first {@code session.created} shows the session
 * after set-up. Confined to the session's event loop.
 */
final class SessionView {
  private static final Logger LOG = LoggerFactory.getLogger(SessionView.class);

  /** In bytes; many times what instructions and tools take. */
  private static final int LARGEST_SESSION = 1 << 20;

  private static final PolicyRefusal TOO_MANY_UPDATES =
      new PolicyRefusal(
          "too_many_updates",
          "The upstream has %d updates of the session to answer. Wait for them."
              .formatted(PendingUpdates.MAX_OPEN));

  /** A longer event ID is not returned to the client. */
  private static final int LONGEST_ID = 1_024;

  private final Tier tier;
  private final SessionType type;
  private final String session;

  /** Whether turns are answered only after a check. */
  private final boolean gatesTurns;

  private final boolean changesSessions;
  private final PendingUpdates updates = new PendingUpdates();
  private final TurnDetection detection = new TurnDetection();

  /** Present if guards judge transcripts. */
  private final Optional<ForcedTranscription> transcription;

  /** Present in a transcription session. */
  private final Optional<TranscriptionTurns> turns;

  private boolean tracks;
  private boolean settingUp;

  /** Byte rate of the user's speech, as the upstream last stated. */
  private int statedBytesPerSecond = SpeechFormat.PCM_BYTES_PER_SECOND;

  /**
   * The lowest byte rate of the user's speech among the stated one and those of unanswered updates.
   */
  private int bytesPerSecond = SpeechFormat.PCM_BYTES_PER_SECOND;

  /** Byte rate of the assistant's speech. */
  private int playedBytesPerSecond = SpeechFormat.PCM_BYTES_PER_SECOND;

  /** The upstream's {@code session.created}, withheld until set-up is complete. */
  private @Nullable ObjectNode withheldCreated;

  /**
   * The view over one connection.
   *
   * @param type the type of the session
   * @param session the session's ID, for the log
   */
  SessionView(Tier tier, SessionType type, String session) {
    this.tier = tier;
    this.type = type;
    this.session = session;
    this.gatesTurns = type.hasResponses() && tier.gatesTurns();
    this.transcription =
        type.hasResponses() && tier.needsTranscripts()
            ? Optional.of(new ForcedTranscription(tier))
            : Optional.empty();
    this.turns = type.hasResponses() ? Optional.empty() : Optional.of(new TranscriptionTurns(tier));
    this.changesSessions = gatesTurns || transcription.isPresent();
    this.tracks = changesSessions || tier.limits().containsKey(LimitKind.AUDIO_SECONDS_PER_MINUTE);
  }

  boolean isSettingUp() {
    return settingUp;
  }

  boolean answersTurns() {
    return detection.answersTurns();
  }

  /** Whether there are transcripts that the client did not ask for. */
  boolean hidesTranscripts() {
    return transcription.isPresent() && !transcription.get().isShown();
  }

  OptionalLong idleMillis() {
    return detection.idleMillis();
  }

  /**
   * The duration of the user's speech in base64, in microseconds: at most, in the format with the
   * lowest byte rate of all that may be in force.
   */
  long microsOf(long base64) {
    return SpeechFormat.microsOf(base64, bytesPerSecond);
  }

  /** The duration of the speech in a {@code response.output_audio.delta}, in microseconds. */
  long playedMicrosOf(Event delta) {
    return SpeechFormat.microsOf(
        Math.max(0, delta.lengthOfString(JsonKey.DELTA)), playedBytesPerSecond);
  }

  /** Sends the tier's set-up, if it has one. */
  void setUp(InspectorContext context) {
    Optional<ObjectNode> wanted = TierSetUp.of(tier, type);
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
    bytesPerSecond = updates.fewestBytesPerSecond(statedBytesPerSecond);
  }

  private PendingUpdates.Update update(
      boolean own, Optional<String> clientsId, ObjectNode session) {
    return new PendingUpdates.Update(
        own,
        clientsId,
        gatesTurns ? TurnDetection.strip(session) : TurnDetection.Settings.NOTHING,
        transcription.flatMap(forced -> forced.replace(session)),
        SpeechFormat.bytesPerSecond(session));
  }

  /** Prepares the client's update for the upstream, after it was judged. */
  Optional<PolicyRefusal> prepare(EditableEvent editable) {
    ObjectNode update = editable.tree();
    if (!(update.get("session") instanceof ObjectNode session)) {
      return Optional.empty();
    }
    Optional<PolicyRefusal> unsupported = turns.flatMap(rule -> rule.judge(session));
    if (unsupported.isPresent() || !tracks) {
      return unsupported;
    }
    if (updates.isFull()) {
      return Optional.of(TOO_MANY_UPDATES);
    }
    Optional<PolicyRefusal> refusal = gatesTurns ? TurnDetection.judge(session) : Optional.empty();
    if (refusal.isPresent()) {
      return refusal;
    }
    Optional<String> clientsId =
        Optional.ofNullable(update.get("event_id"))
            .filter(JsonNode::isString)
            .map(JsonNode::asString)
            .filter(id -> id.length() <= LONGEST_ID);
    String id = EventId.next();
    editable.change();
    update.put("event_id", id);
    track(id, update(false, clientsId, session));
    return Optional.empty();
  }

  /** Handles {@code session.created} and {@code session.updated}. */
  void receive(Event event, InspectorContext context) {
    if (event.length() > LARGEST_SESSION) {
      context.end(
          Replies.gatewayError("upstream_excessive", "The upstream's session is too large."),
          PolicyCloseReasons.EXCESSIVE);
      return;
    }
    Optional<ObjectNode> tree = event.tree();
    if (tree.isEmpty() || !(tree.get().get("session") instanceof ObjectNode session)) {
      if (!type.hasResponses()) {
        PolicySession.endForeign(context);
      } else if (!changesSessions) {
        context.toClient(event); // there is nothing to hide
      }
      return;
    }
    if (!isOfType(session)) {
      PolicySession.endForeign(context);
      return;
    }
    turns.ifPresent(rule -> rule.apply(session));
    statedBytesPerSecond =
        SpeechFormat.bytesPerSecond(session).orElse(SpeechFormat.PCM_BYTES_PER_SECOND);
    playedBytesPerSecond =
        SpeechFormat.playedBytesPerSecond(session).orElse(SpeechFormat.PCM_BYTES_PER_SECOND);
    if (event.type() == EventType.SESSION_CREATED) {
      bytesPerSecond = updates.fewestBytesPerSecond(statedBytesPerSecond);
      detection.apply(session, TurnDetection.Settings.NOTHING);
      if (settingUp) {
        withheldCreated = tree.get();
      } else {
        show(event, tree.get(), session, context);
      }
      return;
    }
    Optional<PendingUpdates.Update> accepted = updates.accepted();
    bytesPerSecond = updates.fewestBytesPerSecond(statedBytesPerSecond);
    detection.apply(
        session,
        accepted.map(PendingUpdates.Update::detection).orElse(TurnDetection.Settings.NOTHING));
    transcription.ifPresent(
        forced -> forced.apply(accepted.flatMap(PendingUpdates.Update::transcripts)));
    if (accepted.isPresent() && accepted.get().own()) {
      settingUp = false;
      showFirst(session, context);
    } else {
      show(event, tree.get(), session, context);
    }
  }

  /**
   * Whether the upstream has opened the type of session that was asked for. One that ignores the
   * request for a transcription session opens a Realtime one, which answers turns by itself, by a
   * model that nobody has judged.
   */
  private boolean isOfType(ObjectNode stated) {
    return type.hasResponses() || stated.path("type").asString("").equals(type.wireName());
  }

  private void showFirst(ObjectNode session, InspectorContext context) {
    if (withheldCreated != null) {
      ObjectNode created = withheldCreated;
      withheldCreated = null;
      created.set("session", session);
      restore(session);
      context.toClient(Event.of(created));
    }
  }

  private void show(Event event, ObjectNode tree, ObjectNode session, InspectorContext context) {
    if (changesSessions) {
      restore(session);
      context.toClient(event.rewrite(tree));
    } else {
      context.toClient(event);
    }
  }

  private void restore(ObjectNode session) {
    if (gatesTurns) {
      detection.restore(session);
    }
    transcription.ifPresent(forced -> forced.restore(session));
  }

  /** Handles an error about the event with the ID {@code offender}. */
  void receiveError(Event event, ObjectNode tree, String offender, InspectorContext context) {
    PendingUpdates.Update refused = updates.refused(offender);
    if (refused == null) {
      context.toClient(event);
      return;
    }
    bytesPerSecond = updates.fewestBytesPerSecond(statedBytesPerSecond);
    if (refused.own()) {
      fail(Optional.of(tree), context);
    } else {
      context.toClient(event.rewrite(withOffender(tree, refused.clientsId().orElse(null))));
    }
  }

  /**
   * Ends the session because the upstream refused the tier's set-up, with {@code error} if it sent
   * one.
   */
  void fail(Optional<ObjectNode> error, InspectorContext context) {
    String why = error.map(tree -> tree.path("error").path("message").asString("")).orElse("");
    LOG.error(
        "the upstream rejected the session configuration of tier {}: {} (session {})",
        tier.name(),
        ForeignText.of(why),
        session);
    end(context);
  }

  /** The error without an event ID, for an event that the client does not know of. */
  static ObjectNode withoutOffender(ObjectNode error) {
    return withOffender(error, null);
  }

  private static ObjectNode withOffender(ObjectNode error, @Nullable String offender) {
    if (error.get("error") instanceof ObjectNode fault) {
      fault.put("event_id", offender);
    }
    return error;
  }

  /** Ends the session if the upstream has not accepted the set-up in time. */
  void giveUp(InspectorContext context) {
    if (settingUp) {
      LOG.error(
          "the upstream did not confirm the session configuration of tier {} in time (session {})",
          tier.name(),
          session);
      end(context);
    }
  }

  /** Ends the session, because without the set-up its fields are not locked. */
  private static void end(InspectorContext context) {
    context.end(
        Replies.gatewayError(
            "policy_not_applied", "The session cannot be set up as this gateway's policy asks."),
        PolicyCloseReasons.NOT_TAKEN);
  }
}
