package io.donna.gateway.protocol.live;

import io.donna.gateway.config.ModelAliases;
import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.policy.PolicyRefusal;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Judges the {@code session} of {@code session.start}, for any tier, and sets in it what the tier
 * sets. Immutable.
 */
final class StartRules {
  private static final Set<String> FIELDS =
      Set.of(
          "model",
          "instructions",
          "input",
          "audio",
          "delegation",
          "triggers",
          "store",
          "safety_identifier");
  private static final Set<String> MESSAGE = Set.of("type", "id", "status", "role", "content");
  private static final Set<String> PART = Set.of("type", "text");
  private static final Set<String> ROLES = Set.of("developer", "user", "assistant");
  private static final Set<String> PARTS = Set.of("input_text", "text", "output_text");

  /** The API's own limit. */
  private static final int MAX_MESSAGES = 128;

  private final Tier tier;
  private final ModelAliases aliases;
  private final Optional<String> safetyIdentifier;
  private final BackendRules backend;

  StartRules(Tier tier, ModelAliases aliases, Optional<String> safetyIdentifier) {
    this.tier = tier;
    this.aliases = aliases;
    this.safetyIdentifier = safetyIdentifier;
    this.backend = new BackendRules(tier, aliases);
  }

  @Nullable PolicyRefusal judge(ObjectNode session) {
    PolicyRefusal refusal = KnownFields.known(session, "session", FIELDS);
    if (refusal == null) {
      refusal = model(session);
    }
    if (refusal == null) {
      refusal = instructions(session);
    }
    if (refusal == null) {
      refusal = history(session.path("input"));
    }
    if (refusal == null) {
      refusal = audio(session);
    }
    if (refusal == null) {
      refusal = backend.start(session);
    }
    if (refusal == null) {
      refusal = store(session);
    }
    // The client's own would speak for somebody else.
    session.remove("safety_identifier");
    safetyIdentifier.ifPresent(id -> session.put("safety_identifier", id));
    return refusal;
  }

  private @Nullable PolicyRefusal model(ObjectNode session) {
    JsonNode model = session.path("model");
    if (!KnownFields.isName(model)) {
      return KnownFields.invalid("'session.model' must be the name of a model");
    }
    String resolved = aliases.resolve(model.asString());
    session.put("model", resolved);
    return tier.models().allow(resolved)
        ? null
        : new PolicyRefusal(
            "invalid_model",
            "The model '%s' is not allowed.".formatted(KnownFields.shown(resolved)));
  }

  private @Nullable PolicyRefusal instructions(ObjectNode session) {
    PolicyRefusal refusal = KnownFields.text(session, "session", "instructions");
    if (refusal == null) {
      set(SessionField.INSTRUCTIONS, session, "instructions");
    }
    return refusal;
  }

  /** Sets a field that the tier locks, or has a default for and the client does not set. */
  private void set(SessionField field, ObjectNode in, String name) {
    JsonNode locked = tier.session().locked().get(field.path());
    JsonNode usual = tier.session().defaults().get(field.path());
    if (locked != null) {
      in.set(name, locked.deepCopy());
    } else if (usual != null
        && (KnownFields.isAbsent(in.path(name)) || in.path(name).asString("-").isBlank())) {
      in.set(name, usual.deepCopy());
    }
    if (in.path(name).isNull()) {
      in.remove(name); // the upstream's own
    }
  }

  private @Nullable PolicyRefusal history(JsonNode input) {
    if (KnownFields.isAbsent(input)) {
      return null;
    }
    if (!(input instanceof ArrayNode messages) || messages.size() > MAX_MESSAGES) {
      return KnownFields.invalid(
          "'session.input' must be a list of at most %d".formatted(MAX_MESSAGES));
    }
    for (JsonNode message : messages) {
      PolicyRefusal refusal = message(message);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private @Nullable PolicyRefusal message(JsonNode node) {
    String path = "session.input";
    if (!(node instanceof ObjectNode message)) {
      return KnownFields.invalid("each of 'session.input' must be an object");
    }
    PolicyRefusal refusal = KnownFields.known(message, path, MESSAGE);
    if (refusal == null) {
      refusal = KnownFields.oneOf(message, path, "type", Set.of("message"));
    }
    if (refusal == null) {
      refusal = KnownFields.text(message, path, "id");
    }
    if (refusal == null) {
      refusal = KnownFields.oneOf(message, path, "status", Set.of("incomplete", "completed"));
    }
    if (refusal != null) {
      return refusal;
    }
    String role = message.path("role").asString("");
    if (!ROLES.contains(role)) {
      return KnownFields.invalid("'session.input.role' must be developer, user or assistant");
    }
    if (role.equals("developer") && tier.fixesInstructions()) {
      return new PolicyRefusal(
          "role_not_allowed",
          "A message of the role 'developer' is not allowed: the instructions are fixed.");
    }
    return message.get("content") instanceof ArrayNode parts
            && parts.size() == 1
            && parts.get(0) instanceof ObjectNode part
            && PARTS.contains(part.path("type").asString(""))
            && part.path("text").isString()
        ? KnownFields.known(part, path + ".content", PART)
        : KnownFields.invalid("'session.input.content' must be a list of one text");
  }

  private @Nullable PolicyRefusal audio(ObjectNode session) {
    if (!session.has("audio")) {
      session.putObject("audio");
    }
    if (!(session.get("audio") instanceof ObjectNode audio)) {
      return PolicyRefusal.notAnObject("session.audio");
    }
    PolicyRefusal refusal = KnownFields.known(audio, "session.audio", Set.of("format", "output"));
    if (refusal == null && audio.has("format")) {
      refusal = format(audio.get("format"));
    }
    if (refusal == null) {
      refusal = voice(audio);
    }
    set(SessionField.INPUT_FORMAT, audio, "format");
    if (audio.isEmpty()) {
      session.remove("audio");
    }
    return refusal;
  }

  private @Nullable PolicyRefusal format(JsonNode node) {
    String path = "session.audio.format";
    if (!(node instanceof ObjectNode format)) {
      return PolicyRefusal.notAnObject(path);
    }
    PolicyRefusal refusal = KnownFields.known(format, path, Set.of("type", "rate"));
    if (refusal != null) {
      return refusal;
    }
    // Its rate is what speech is timed by.
    Set<Integer> rates =
        switch (format.path("type").asString("")) {
          case "audio/pcm" -> Set.of(16_000, 24_000);
          case "audio/pcmu", "audio/pcma" -> Set.of(8_000);
          default -> Set.of();
        };
    JsonNode rate = format.path("rate");
    boolean isKnown =
        !rates.isEmpty()
            && (rate.isMissingNode() || (rate.isInt() && rates.contains(rate.asInt())));
    return isKnown ? null : KnownFields.invalid("'%s' must be a format of the API".formatted(path));
  }

  private @Nullable PolicyRefusal voice(ObjectNode audio) {
    if (!audio.has("output")) {
      audio.putObject("output");
    }
    if (!(audio.get("output") instanceof ObjectNode output)) {
      return PolicyRefusal.notAnObject("session.audio.output");
    }
    PolicyRefusal refusal = KnownFields.known(output, "session.audio.output", Set.of("voice"));
    JsonNode voice = output.path("voice");
    boolean isVoice =
        voice.isMissingNode()
            || KnownFields.isName(voice)
            || (voice.size() == 1 && KnownFields.isName(voice.path("id")));
    if (refusal == null && !isVoice) {
      refusal = KnownFields.invalid("'session.audio.output.voice' must be a voice");
    }
    set(SessionField.VOICE, output, "voice");
    if (output.isEmpty()) {
      audio.remove("output");
    }
    return refusal;
  }

  private @Nullable PolicyRefusal store(ObjectNode session) {
    PolicyRefusal refusal = KnownFields.flag(session, "session", "store");
    if (refusal == null && session.path("store").asBoolean(false) && !tier.store()) {
      return new PolicyRefusal("store_not_allowed", "'session.store' must be false.");
    }
    return refusal;
  }
}
