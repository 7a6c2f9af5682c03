package io.donna.gateway.policy;

import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventId;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.Passage;
import io.donna.gateway.realtime.Replies;
import java.util.Optional;
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

  /** 24,000 samples a second of two bytes, and 8,000 of one. */
  private static final int PCM_BYTES_A_SECOND = 48_000;

  private static final int G711_BYTES_A_SECOND = 8_000;

  private final Tier tier;
  private final boolean changesSessions;
  private final Updates updates = new Updates();
  private final TurnDetection detection = new TurnDetection();

  /** Where somebody judges them. */
  private final Optional<Transcripts> transcripts;

  private boolean tracks;
  private boolean settingUp;
  private int bytesASecond = PCM_BYTES_A_SECOND;

  /** The upstream's first word, until the session is as the tier wants it. */
  private @Nullable ObjectNode heldBack;

  SessionView(Tier tier) {
    this.tier = tier;
    this.transcripts =
        tier.needsTranscripts() ? Optional.of(new Transcripts(tier)) : Optional.empty();
    this.changesSessions = tier.gatesTurns() || transcripts.isPresent();
    this.tracks = changesSessions;
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

  /** How long base64 of the user's speech sounds; nothing is too short to count. */
  long microsOf(long base64) {
    return Math.ceilDiv(base64 * 750_000, bytesASecond);
  }

  /** Has the session begin as the tier wants it. */
  void setUp(Passage passage) {
    Optional<ObjectNode> wanted = SetUp.of(tier);
    if (wanted.isPresent()) {
      settingUp = true;
      tracks = true;
      String id = EventId.next();
      updates.sent(update(id, true, true, wanted.get()));
      passage.toUpstream(SetUp.update(id, wanted.get()).toString());
    }
  }

  private Updates.Update update(String id, boolean own, boolean named, ObjectNode session) {
    return new Updates.Update(
        id,
        own,
        named,
        tier.gatesTurns() ? TurnDetection.take(session) : Optional.empty(),
        transcripts.flatMap(writing -> writing.take(session)));
  }

  /** Readies the client's update, which was judged, for the upstream. */
  Optional<Refusal> send(Draft draft) {
    ObjectNode update = draft.tree();
    if (!(update.get("session") instanceof ObjectNode session)) {
      return Optional.empty();
    }
    // What comes next may be heard as either, until the upstream has said.
    bytesASecond = Math.min(bytesASecond, bytesASecond(session).orElse(bytesASecond));
    if (!tracks) {
      return Optional.empty();
    }
    Optional<Refusal> refusal = tier.gatesTurns() ? TurnDetection.judge(session) : Optional.empty();
    if (refusal.isPresent()) {
      return refusal;
    }
    JsonNode given = update.get("event_id");
    boolean named = given != null && given.isString();
    String id = named ? given.asString() : EventId.next();
    if (!named || tier.gatesTurns() || transcripts.isPresent()) {
      draft.change();
      update.put("event_id", id);
    }
    updates.sent(update(id, false, named, session));
    return Optional.empty();
  }

  /** Of the user's speech; none where the session does not say. */
  private static Optional<Integer> bytesASecond(ObjectNode session) {
    return Fields.get(session, SessionField.INPUT_FORMAT.path())
        .map(format ->
            switch (format.path("type").asString("")) {
              case "audio/pcmu", "audio/pcma" -> G711_BYTES_A_SECOND;
              default ->
                  Math.clamp(
                      2L * format.path("rate").asInt(PCM_BYTES_A_SECOND / 2),
                      1,
                      PCM_BYTES_A_SECOND);
            });
  }

  /** The upstream says what the session is. */
  void receive(Event event, Passage passage) {
    Optional<ObjectNode> tree = event.tree();
    if (tree.isEmpty() || !(tree.get().get("session") instanceof ObjectNode session)) {
      if (!changesSessions) {
        passage.toClient(event); // nothing that we could have to hide
      }
      return;
    }
    bytesASecond = bytesASecond(session).orElse(PCM_BYTES_A_SECOND);
    if (event.type() == EventType.SESSION_CREATED) {
      detection.learn(session, Optional.empty());
      if (settingUp) {
        heldBack = tree.get();
      } else {
        show(event, tree.get(), session, passage);
      }
      return;
    }
    Optional<Updates.Update> taken = updates.taken();
    detection.learn(session, taken.flatMap(Updates.Update::answers));
    transcripts.ifPresent(writing -> writing.learn(taken.flatMap(Updates.Update::transcripts)));
    if (taken.isPresent() && taken.get().own()) {
      settingUp = false;
      showFirst(session, passage);
    } else {
      show(event, tree.get(), session, passage);
    }
  }

  private void showFirst(ObjectNode session, Passage passage) {
    if (heldBack != null) {
      ObjectNode created = heldBack;
      heldBack = null;
      created.set("session", session);
      change(session);
      passage.toClient(Event.of(created));
    }
  }

  private void show(Event event, ObjectNode tree, ObjectNode session, Passage passage) {
    if (changesSessions) {
      change(session);
      passage.toClient(event.rewrite(tree));
    } else {
      passage.toClient(event);
    }
  }

  private void change(ObjectNode session) {
    if (tier.gatesTurns()) {
      detection.show(session);
    }
    transcripts.ifPresent(writing -> writing.show(session));
  }

  /** The upstream would not do what {@code offender} asked for. */
  void receiveError(Event event, ObjectNode tree, String offender, Passage passage) {
    Updates.Update refused = updates.refused(offender);
    if (refused == null) {
      passage.toClient(event);
    } else if (refused.own()) {
      LOG.error(
          "the upstream does not take the session of tier {}: {}",
          tier.name(),
          tree.path("error").path("message").asString("").replaceAll("\\p{Cntrl}", " "));
      end(passage);
    } else if (refused.named()) {
      passage.toClient(event);
    } else {
      passage.toClient(event.rewrite(withoutOffender(tree)));
    }
  }

  /** An error of what the client does not know of, as its own would be that has no id. */
  static ObjectNode withoutOffender(ObjectNode error) {
    if (error.get("error") instanceof ObjectNode fault) {
      fault.putNull("event_id");
    }
    return error;
  }

  /** The upstream has had its time to take the session. */
  void giveUp(Passage passage) {
    if (settingUp) {
      LOG.error("the upstream did not take the session of tier {} in time", tier.name());
      end(passage);
    }
  }

  /** Unlocked, a session is not to be had. */
  private static void end(Passage passage) {
    passage.end(
        Replies.gatewayError(
            "policy_not_applied", "The session cannot be set up as this gateway's policy asks."),
        Closures.NOT_TAKEN);
  }
}
