package io.donna.gateway.dialect;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Maps an object that is flat in the beta and nested in GA, by a table of fields. Fields in no
 * table are the same in both. Immutable.
 */
final class FieldMapping {
  /**
   * One field.
   *
   * @param beta its name in the beta
   * @param ga its path in GA, outermost first
   */
  private record Field(
      String beta, List<String> ga, UnaryOperator<JsonNode> toGa, UnaryOperator<JsonNode> toBeta) {}

  /** The settings of a session. */
  static final FieldMapping SESSION =
      new FieldMapping(
          List.of(
              modalities(),
              format("input_audio_format", "audio", "input", "format"),
              same("input_audio_transcription", "audio", "input", "transcription"),
              same("input_audio_noise_reduction", "audio", "input", "noise_reduction"),
              same("turn_detection", "audio", "input", "turn_detection"),
              format("output_audio_format", "audio", "output", "format"),
              same("voice", "audio", "output", "voice"),
              same("speed", "audio", "output", "speed"),
              same("max_response_output_tokens", "max_output_tokens")));

  /** The options of a {@code response.create}. */
  static final FieldMapping RESPONSE_REQUEST =
      new FieldMapping(
          List.of(
              modalities(),
              format("output_audio_format", "audio", "output", "format"),
              same("voice", "audio", "output", "voice"),
              same("max_response_output_tokens", "max_output_tokens")));

  /** A response in server events; its token limit has the same name in both. */
  static final FieldMapping RESPONSE =
      new FieldMapping(
          List.of(
              modalities(),
              format("output_audio_format", "audio", "output", "format"),
              same("voice", "audio", "output", "voice")));

  /**
   * Fields that identify the beta. The others, such as a flat {@code voice}, also occur in xAI's
   * sessions.
   */
  private static final Set<String> BETA_ONLY =
      Set.of(
          "modalities",
          "input_audio_format",
          "output_audio_format",
          "input_audio_transcription",
          "input_audio_noise_reduction",
          "max_response_output_tokens");

  /** Fields that GA no longer has. */
  private static final Set<String> RETIRED = Set.of("temperature");

  private final List<Field> fields;

  private FieldMapping(List<Field> fields) {
    this.fields = fields;
  }

  ObjectNode toGa(ObjectNode beta) {
    ObjectNode ga = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> property : beta.properties()) {
      Field field = named(property.getKey());
      if (field != null) {
        put(ga, field.ga, field.toGa.apply(property.getValue()));
      } else if (!RETIRED.contains(property.getKey())) {
        // Fields already in GA form stay: some clients mix the two.
        merge(ga, property.getKey(), property.getValue());
      }
    }
    return ga;
  }

  ObjectNode toBeta(ObjectNode ga) {
    ObjectNode beta = JsonNodeFactory.instance.objectNode();
    List<String> nested = new ArrayList<>();
    for (Field field : fields) {
      JsonNode value = at(ga, field.ga);
      if (value != null) {
        beta.set(field.beta, field.toBeta.apply(value));
      }
      nested.add(field.ga.getFirst());
    }
    for (Map.Entry<String, JsonNode> property : ga.properties()) {
      // A field under its flat name must not override what the gateway has set under its GA path.
      if (!nested.contains(property.getKey()) && !beta.has(property.getKey())) {
        beta.set(property.getKey(), property.getValue());
      }
    }
    return beta;
  }

  /** Whether the object has a field that only the beta has. */
  boolean isBeta(ObjectNode object) {
    return object.propertyNames().stream().anyMatch(BETA_ONLY::contains);
  }

  private @Nullable Field named(String beta) {
    for (Field field : fields) {
      if (field.beta.equals(beta)) {
        return field;
      }
    }
    return null;
  }

  private static @Nullable JsonNode at(ObjectNode from, List<String> path) {
    JsonNode node = from;
    for (String name : path) {
      node = node == null ? null : node.get(name);
    }
    return node;
  }

  private static void put(ObjectNode into, List<String> path, JsonNode value) {
    ObjectNode parent = into;
    for (String name : path.subList(0, path.size() - 1)) {
      parent = parent.get(name) instanceof ObjectNode inner ? inner : parent.putObject(name);
    }
    parent.set(path.getLast(), value);
  }

  private static void merge(ObjectNode into, String name, JsonNode value) {
    if (value instanceof ObjectNode more && into.get(name) instanceof ObjectNode there) {
      for (Map.Entry<String, JsonNode> property : more.properties()) {
        merge(there, property.getKey(), property.getValue());
      }
    } else {
      into.set(name, value);
    }
  }

  private static Field modalities() {
    return new Field(
        "modalities", List.of("output_modalities"), Modalities::toGa, Modalities::toBeta);
  }

  private static Field format(String beta, String... ga) {
    return new Field(beta, List.of(ga), AudioFormat::toGa, AudioFormat::toBeta);
  }

  private static Field same(String beta, String... ga) {
    return new Field(beta, List.of(ga), UnaryOperator.identity(), UnaryOperator.identity());
  }
}
