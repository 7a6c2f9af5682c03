package io.donna.gateway.protocol.live;

import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.event.Replies;
import io.donna.gateway.policy.PolicyRefusal;
import io.donna.gateway.policy.PolicySession;
import io.donna.gateway.policy.SpeechFormat;
import io.donna.gateway.websocket.CloseReason;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.local.SynchronizationStrategy;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Judges the client's messages of a GPT-Live session, for any tier: a closed list of events, whose
 * fields are known. The first is {@code session.start}; what it passes opens the upstream, and what
 * it refuses ends the session, as at the API. Confined to the session's event loop.
 *
 * <pre>
 *   NEW ──session.start, judged──> STARTING ──session.started──> STARTED
 * </pre>
 */
final class LiveInspector implements Inspector {
  private static final CloseReason REFUSED =
      new CloseReason(4000, "invalid_request_error.session_refused");

  /** Speech that may be sent at once, in microseconds. */
  private static final long BURST_MICROS = 10_000_000;

  /** 1.2 times real time: the session's clock is its input, so speech is what is bought. */
  private static final long MICROS_PER_SECOND = 1_200_000;

  /** Of a fixture, in PCM16 at 24 kHz whatever the session's format is: the API's own limit. */
  private static final long MAX_FIXTURE_MICROS = 30_000_000;

  private static final PolicyRefusal AUDIO_ONLY =
      new PolicyRefusal("unknown_parameter", "Unknown parameter: speech has 'audio' alone.");

  private static final Set<String> BARE = Set.of("type", "event_id");

  /** The fields of each event that a client may send; others have none. */
  private static final Map<EventType, Set<String>> FIELDS =
      Map.ofEntries(
          Map.entry(EventType.SESSION_START, with("session")),
          Map.entry(EventType.SESSION_UPDATE, with("session")),
          Map.entry(EventType.SESSION_INPUT_AUDIO_APPEND, with("audio")),
          Map.entry(EventType.SESSION_INPUT_AUDIO_MUTE, BARE),
          Map.entry(EventType.SESSION_INPUT_AUDIO_UNMUTE, BARE),
          Map.entry(EventType.SESSION_OUTPUT_AUDIO_FIXTURE_PLAY, with("audio")),
          Map.entry(EventType.SESSION_INSTRUCTIONS_APPEND, with("content", "delegation_id")),
          Map.entry(EventType.SESSION_THINKING_APPEND, with("content", "delegation_id")),
          Map.entry(EventType.SESSION_COMMENTARY_APPEND, with("content", "delegation_id")),
          Map.entry(EventType.DECISION_CREATE, BARE),
          Map.entry(EventType.DECISION_ITEM_CREATE, with("item")),
          Map.entry(EventType.DECISION_ITEM_DELETE, with("item_id")),
          Map.entry(EventType.RESPONSE_ITEM_CREATE, with("item")),
          Map.entry(EventType.RESPONSE_CREATE, BARE),
          Map.entry(EventType.SESSION_CLOSE, BARE));

  private enum State {
    NEW,
    STARTING,
    STARTED
  }

  private final PolicySession session;
  private final Supplier<StartRules> startRules;
  private final Supplier<BackendRules> backendRules;

  private State state = State.NEW;

  /** The kind of delegation, which the session keeps. */
  private String delegation = BackendRules.CLIENT;

  private int bytesPerSecond = SpeechFormat.PCM_BYTES_PER_SECOND;

  private final Bucket pace =
      Bucket.builder()
          .withSynchronizationStrategy(SynchronizationStrategy.NONE)
          .withNanosecondPrecision()
          .addLimit(limit ->
              limit.capacity(BURST_MICROS).refillGreedy(MICROS_PER_SECOND, Duration.ofSeconds(1)))
          .build();

  /**
   * @param startRules the rules for a start now
   * @param backendRules the rules for a backend now: a renewal may have narrowed them
   */
  LiveInspector(
      PolicySession session, Supplier<StartRules> startRules, Supplier<BackendRules> backendRules) {
    this.session = session;
    this.startRules = startRules;
    this.backendRules = backendRules;
  }

  private static Set<String> with(String... more) {
    return Stream.concat(BARE.stream(), Arrays.stream(more))
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public void fromClient(Event event, InspectorContext context) {
    session.recordActivity();
    PolicyRefusal refusal = judge(event);
    if (refusal == null) {
      context.toUpstream(event);
    } else if (state == State.NEW && event.type() == EventType.SESSION_START) {
      context.end(
          ErrorInspector.renamed(
              Replies.gatewayError(
                  refusal.code(), refusal.message(), event.string(JsonKey.EVENT_ID))),
          REFUSED);
    } else {
      context.refuse(event, refusal.code(), refusal.message());
    }
  }

  private @Nullable PolicyRefusal judge(Event event) {
    if (!event.isText()) {
      return PolicyRefusal.NOT_TEXT;
    }
    EventType type = event.type();
    boolean isListed =
        session.tier().events().map(events -> events.contains(type.wireName())).orElse(true);
    Set<String> known = FIELDS.get(type);
    if (!isListed || known == null) {
      return PolicyRefusal.EVENT_NOT_ALLOWED;
    }
    if (!session.takeMessage(event.length())) {
      return PolicyRefusal.TOO_FAST;
    }
    if ((state == State.NEW) != (type == EventType.SESSION_START)) {
      return new PolicyRefusal(
          "invalid_event",
          state == State.NEW
              ? "The first event must be 'session.start'."
              : "The session has already started.");
    }
    if (type == EventType.SESSION_INPUT_AUDIO_APPEND) {
      // Itself, its type, its audio and perhaps its id: counted, as audio is not parsed.
      int expected = event.has(JsonKey.EVENT_ID) ? 4 : 3;
      return event.values() > expected ? AUDIO_ONLY : speech(event.lengthOfString(JsonKey.AUDIO));
    }
    Optional<ObjectNode> tree = event.tree();
    if (tree.isEmpty()) {
      return PolicyRefusal.NO_TREE;
    }
    PolicyRefusal refusal = KnownFields.known(tree.get(), "", known);
    return refusal != null ? refusal : judge(event, tree.get());
  }

  private @Nullable PolicyRefusal judge(Event event, ObjectNode tree) {
    return switch (event.type()) {
      case SESSION_START -> start(event, tree);
      case SESSION_UPDATE -> update(event, tree);
      case SESSION_OUTPUT_AUDIO_FIXTURE_PLAY -> fixture(event.lengthOfString(JsonKey.AUDIO));
      case SESSION_INSTRUCTIONS_APPEND, SESSION_THINKING_APPEND, SESSION_COMMENTARY_APPEND ->
          append(event.type(), tree);
      case RESPONSE_ITEM_CREATE -> {
        PolicyRefusal refusal = needs(BackendRules.RESPONSES);
        yield refusal != null
            ? refusal
            : new BackendItems(session.tier(), backendRules.get()).judge(tree.get("item"));
      }
      case RESPONSE_CREATE -> {
        PolicyRefusal refusal = needs(BackendRules.RESPONSES);
        yield refusal != null ? refusal : session.takeResponse().orElse(null);
      }
      case DECISION_CREATE -> {
        PolicyRefusal refusal = needs(BackendRules.DECISIONS);
        yield refusal != null ? refusal : session.takeResponse().orElse(null);
      }
      case DECISION_ITEM_CREATE, DECISION_ITEM_DELETE -> needs(BackendRules.DECISIONS);
      default -> null;
    };
  }

  private @Nullable PolicyRefusal start(Event event, ObjectNode tree) {
    if (!(tree.get("session") instanceof ObjectNode settings)) {
      return PolicyRefusal.notAnObject("session");
    }
    PolicyRefusal refusal = startRules.get().judge(settings);
    if (refusal == null) {
      // The upstream reads what was judged, not what another parser might make of the same bytes.
      event.rewrite(tree);
      delegation = BackendRules.kindOf(settings);
      bytesPerSecond = SpeechFormat.ofLive(settings);
      state = State.STARTING;
    }
    return refusal;
  }

  private @Nullable PolicyRefusal update(Event event, ObjectNode tree) {
    if (!(tree.get("session") instanceof ObjectNode settings)) {
      return PolicyRefusal.notAnObject("session");
    }
    PolicyRefusal refusal = backendRules.get().update(settings, delegation);
    if (refusal == null) {
      event.rewrite(tree);
    }
    return refusal;
  }

  private @Nullable PolicyRefusal needs(String kind) {
    return delegation.equals(kind)
        ? null
        : new PolicyRefusal(
            "invalid_event", "This event requires a delegation of the type '%s'.".formatted(kind));
  }

  private @Nullable PolicyRefusal append(EventType type, ObjectNode tree) {
    JsonNode delegated = tree.path("delegation_id");
    if (!tree.path("content").isString() || !(delegated.isNull() || delegated.isString())) {
      return KnownFields.invalid(
          "'content' must be a string, and 'delegation_id' a string or null");
    }
    Tier tier = session.tier();
    // The model obeys what it takes for its own thoughts; the result of its request it only reads.
    boolean commands = type == EventType.SESSION_INSTRUCTIONS_APPEND || delegated.isNull();
    return commands && tier.fixesInstructions()
        ? new PolicyRefusal(
            "instructions_not_allowed",
            "'%s' is allowed only as the result of a delegation: the instructions are fixed."
                .formatted(type.wireName()))
        : null;
  }

  private @Nullable PolicyRefusal speech(int base64) {
    if (base64 < 0) {
      return PolicyRefusal.NO_AUDIO;
    }
    long micros = SpeechFormat.microsOf(base64, bytesPerSecond);
    boolean isInTime = micros == 0 || pace.tryConsume(micros);
    return isInTime && session.takeAudio(micros) ? null : PolicyRefusal.TOO_FAST;
  }

  private @Nullable PolicyRefusal fixture(int base64) {
    if (base64 < 0) {
      return PolicyRefusal.NO_AUDIO;
    }
    long micros = SpeechFormat.microsOf(base64, SpeechFormat.PCM_BYTES_PER_SECOND);
    if (micros > MAX_FIXTURE_MICROS) {
      return KnownFields.invalid("'audio' must last 30 s at most");
    }
    return session.takeAudio(micros) ? null : PolicyRefusal.TOO_FAST;
  }

  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    session.recordActivity();
    if (event.type() == EventType.SESSION_CREATED) {
      PolicySession.endForeign(context);
      return;
    }
    if (event.type() == EventType.SESSION_STARTED) {
      state = State.STARTED;
    }
    if (session.hideInstructions(event)) {
      context.toClient(event);
    }
  }
}
