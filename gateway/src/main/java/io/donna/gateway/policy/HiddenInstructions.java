package io.donna.gateway.policy;

import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.SessionRules;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.realtime.EventType;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Keeps a tier's instructions from its clients, in whatever event an upstream repeats them: every
 * field of that name goes, and so does every text that quotes them but for what users and models
 * say. Immutable.
 */
final class HiddenInstructions {
  /** What stands for a text that quotes them. */
  private static final String HIDDEN = "[hidden]";

  /** What was said, by whoever says it, and speech and images. */
  private static final Set<String> WORDS =
      Set.of("text", "transcript", "delta", "arguments", "output", "audio", "image_url");

  /** Below these a client's own names stand. */
  private static final Set<String> OF_CLIENT = Set.of("tools", "metadata");

  private static final Set<String> COMMANDING = Set.of("system", "developer");

  private static final String INSTRUCTIONS = SessionField.INSTRUCTIONS.path();

  /** No setting that an upstream repeats is longer, so what is longer is not looked through. */
  private static final int LONGEST_TEXT = 64 * 1024;

  /**
   * In characters, of all texts of one event: to compare them takes 1.5 ms. What is beyond counts
   * as a quote, for nobody can tell; words of users and models are not compared and not counted.
   */
  private static final int MOST_COMPARED = 256 * 1024;

  private final QuoteSearch quotes;

  private HiddenInstructions(QuoteSearch quotes) {
    this.quotes = quotes;
  }

  /** Those of a tier; empty where it does not hide them. */
  static Optional<HiddenInstructions> of(Tier tier) {
    if (!tier.hideInstructions()) {
      return Optional.empty();
    }
    SessionRules session = tier.session();
    return Optional.of(
        new HiddenInstructions(
            new QuoteSearch(
                Stream.of(session.locked(), session.defaults())
                    .map(fields -> fields.get(INSTRUCTIONS))
                    .filter(value -> value != null && value.isString())
                    .map(JsonNode::asString)
                    .toList())));
  }

  /** Whether an upstream's event of this type may hold anything but words and speech. */
  static boolean mayBeIn(EventType type) {
    return switch (type) {
      case RESPONSE_OUTPUT_TEXT_DELTA,
          RESPONSE_OUTPUT_TEXT_DONE,
          RESPONSE_OUTPUT_AUDIO_DELTA,
          RESPONSE_OUTPUT_AUDIO_DONE,
          RESPONSE_OUTPUT_AUDIO_TRANSCRIPT_DELTA,
          RESPONSE_OUTPUT_AUDIO_TRANSCRIPT_DONE,
          RESPONSE_AUDIO_DELTA,
          RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA,
          RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE,
          RESPONSE_MCP_CALL_ARGUMENTS_DELTA,
          RESPONSE_MCP_CALL_ARGUMENTS_DONE,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_SEGMENT,
          CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_UPDATED,
          INPUT_AUDIO_BUFFER_COMMITTED,
          INPUT_AUDIO_BUFFER_CLEARED,
          INPUT_AUDIO_BUFFER_SPEECH_STARTED,
          INPUT_AUDIO_BUFFER_SPEECH_STOPPED ->
          false;
      default -> true;
    };
  }

  /**
   * Takes them out of an upstream's event.
   *
   * @return whether they were there
   */
  boolean takeOut(ObjectNode event) {
    return new Comparison().clean(event, false);
  }

  /** Of one event. */
  private final class Comparison {
    private int left = MOST_COMPARED;

    /**
     * As {@link #takeOut}, of a part of the event.
     *
     * @param commands whether it is part of an item whose words count as the operator's
     */
    private boolean clean(ObjectNode object, boolean commands) {
      boolean changed = object.remove(INSTRUCTIONS) != null;
      boolean commanding = commands || COMMANDING.contains(KnownValues.text(object, "role"));
      for (Map.Entry<String, JsonNode> member : object.properties()) {
        if (OF_CLIENT.contains(member.getKey())) {
          continue;
        }
        JsonNode value = member.getValue();
        boolean isWords = WORDS.contains(member.getKey()) && !commanding;
        if (value.isString() && !isWords && isHidden(value.asString())) {
          member.setValue(StringNode.valueOf(HIDDEN));
          changed = true;
        }
        changed |= cleanBelow(value, commanding);
      }
      return changed;
    }

    private boolean cleanBelow(JsonNode value, boolean commands) {
      boolean changed = false;
      if (value instanceof ObjectNode object) {
        changed = clean(object, commands);
      } else if (value instanceof ArrayNode list) {
        for (int i = 0; i < list.size(); i++) {
          JsonNode item = list.get(i);
          if (item.isString() && isHidden(item.asString())) {
            list.set(i, StringNode.valueOf(HIDDEN));
            changed = true;
          }
          changed |= cleanBelow(item, commands);
        }
      }
      return changed;
    }

    private boolean isHidden(String text) {
      if (text.length() > LONGEST_TEXT) {
        return true;
      }
      left -= text.length();
      return left < 0 || quotes.areIn(text);
    }
  }
}
