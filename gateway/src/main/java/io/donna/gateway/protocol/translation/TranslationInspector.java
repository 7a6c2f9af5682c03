package io.donna.gateway.protocol.translation;

import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.policy.PolicyRefusal;
import io.donna.gateway.policy.PolicySession;
import io.donna.gateway.policy.SpeechFormat;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.local.SynchronizationStrategy;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Judges the client's messages of a translation session: a closed list of three events, whose
 * fields are known, for any tier. Confined to the session's event loop.
 */
final class TranslationInspector implements Inspector {
  private static final String TYPE = "translation";

  /** Speech that may be sent at once, in microseconds. */
  private static final long BURST_MICROS = 10_000_000;

  /** 1.2 times real time: who sends faster would buy more than is checked between two charges. */
  private static final long MICROS_PER_SECOND = 1_200_000;

  /** The fields at each path of an update; other paths have none. */
  private static final Map<String, Set<String>> FIELDS =
      Map.of(
          "", Set.of("type", "event_id", "session"),
          "session", Set.of("type", "audio"),
          "session.audio", Set.of("input", "output"),
          "session.audio.input", Set.of("transcription", "noise_reduction"),
          "session.audio.input.transcription", Set.of("model"),
          "session.audio.input.noise_reduction", Set.of("type", "strength"),
          "session.audio.output", Set.of("language"));

  private final PolicySession session;
  private final Tier tier;

  private final Bucket pace =
      Bucket.builder()
          .withSynchronizationStrategy(SynchronizationStrategy.NONE)
          .withNanosecondPrecision()
          .addLimit(limit ->
              limit.capacity(BURST_MICROS).refillGreedy(MICROS_PER_SECOND, Duration.ofSeconds(1)))
          .build();

  TranslationInspector(PolicySession session, Tier tier) {
    this.session = session;
    this.tier = tier;
  }

  @Override
  public void fromClient(Event event, InspectorContext context) {
    session.recordActivity();
    Optional<PolicyRefusal> refusal = judge(event);
    if (refusal.isPresent()) {
      context.refuse(event, refusal.get().code(), refusal.get().message());
    } else {
      context.toUpstream(event);
    }
  }

  private Optional<PolicyRefusal> judge(Event event) {
    if (!event.isText()) {
      return Optional.of(PolicyRefusal.NOT_TEXT);
    }
    boolean isListed =
        tier.events().map(events -> events.contains(event.type().wireName())).orElse(true);
    if (!isListed || !isOfProtocol(event)) {
      return Optional.of(PolicyRefusal.EVENT_NOT_ALLOWED);
    }
    if (!session.takeMessage(event.length())) {
      return Optional.of(PolicyRefusal.TOO_FAST);
    }
    return switch (event.type()) {
      case SESSION_INPUT_AUDIO_BUFFER_APPEND -> speech(event.lengthOfString(JsonKey.AUDIO));
      case SESSION_UPDATE -> update(event);
      default -> Optional.empty();
    };
  }

  private static boolean isOfProtocol(Event event) {
    return switch (event.type()) {
      case SESSION_UPDATE, SESSION_INPUT_AUDIO_BUFFER_APPEND, SESSION_CLOSE -> true;
      default -> false;
    };
  }

  private Optional<PolicyRefusal> speech(int base64) {
    if (base64 < 0) {
      return Optional.of(PolicyRefusal.NO_AUDIO);
    }
    long micros = SpeechFormat.microsOf(base64, SpeechFormat.PCM_BYTES_PER_SECOND);
    boolean inTime = micros == 0 || pace.tryConsume(micros);
    return inTime && session.takeAudio(micros)
        ? Optional.empty()
        : Optional.of(PolicyRefusal.TOO_FAST);
  }

  private Optional<PolicyRefusal> update(Event event) {
    Optional<ObjectNode> tree = event.tree();
    if (tree.isEmpty()) {
      return Optional.of(PolicyRefusal.NO_TREE);
    }
    if (!(tree.get().get("session") instanceof ObjectNode settings)) {
      return Optional.of(PolicyRefusal.notAnObject("session"));
    }
    PolicyRefusal refusal = unknownField(tree.get(), "");
    if (refusal == null) {
      refusal = type(settings.get("type"));
    }
    if (refusal == null) {
      refusal = transcription(settings.path("audio").path("input").path("transcription"));
    }
    if (refusal == null && removeLocked(settings)) {
      event.rewrite(tree.get());
    }
    return Optional.ofNullable(refusal);
  }

  private static @Nullable PolicyRefusal unknownField(ObjectNode object, String path) {
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      String below = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
      if (!FIELDS.getOrDefault(path, Set.of()).contains(field.getKey())) {
        String shown = below.length() <= 64 ? below : below.substring(0, 64) + "...";
        return PolicyRefusal.unknownField(shown);
      }
      boolean holdsFields = FIELDS.containsKey(below);
      JsonNode value = field.getValue();
      if (holdsFields && !(value.isObject() || value.isNull())) {
        return PolicyRefusal.notAnObject(below);
      }
      if (value instanceof ObjectNode inner) {
        PolicyRefusal refusal = unknownField(inner, below);
        if (refusal != null) {
          return refusal;
        }
      } else if (value.isArray()) {
        return new PolicyRefusal(
            PolicyRefusal.INVALID_VALUE, "Invalid value: '%s' is a list.".formatted(below));
      }
    }
    return null;
  }

  private static @Nullable PolicyRefusal type(@Nullable JsonNode type) {
    return type == null || type.asString("").equals(TYPE) ? null : PolicyRefusal.otherType(TYPE);
  }

  private @Nullable PolicyRefusal transcription(JsonNode transcription) {
    Optional<Set<String>> models = tier.transcriptionModels();
    if (!transcription.isObject() || models.isEmpty()) {
      return null;
    }
    JsonNode model = transcription.path("model");
    return model.isString() && models.get().contains(model.asString())
        ? null
        : new PolicyRefusal(
            "model_not_allowed",
            "'session.audio.input.transcription' must name a model that is allowed.");
  }

  /** A field that the tier locks stays as the upstream has it. */
  private boolean removeLocked(ObjectNode settings) {
    boolean removed = false;
    if (settings.path("audio").path("input") instanceof ObjectNode input) {
      for (SessionField field : Set.of(SessionField.TRANSCRIPTION, SessionField.NOISE_REDUCTION)) {
        String name = field.path().substring(field.path().lastIndexOf('.') + 1);
        removed |= tier.session().locks(field.path()) && input.remove(name) != null;
      }
    }
    return removed;
  }

  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    session.recordActivity();
    switch (event.type()) {
      case SESSION_CREATED, SESSION_UPDATED -> {
        boolean isOfType =
            event
                .tree()
                .filter(tree -> tree.path("session").path("type").asString("").equals(TYPE))
                .isPresent();
        if (isOfType) {
          context.toClient(event);
        } else {
          PolicySession.endForeign(context);
        }
      }
      default -> context.toClient(event);
    }
  }
}
