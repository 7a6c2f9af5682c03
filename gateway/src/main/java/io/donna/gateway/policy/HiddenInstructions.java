package io.donna.gateway.policy;

import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.SessionRules;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.event.EventType;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Keeps a tier's instructions from its clients, in whatever event an upstream repeats them. Removes
 * every {@code instructions} field, and replaces every text that quotes them, except the words of
 * users and models. Immutable.
 */
final class HiddenInstructions {
  /** Replaces a text that quotes the instructions. */
  private static final String HIDDEN = "[hidden]";

  /** Fields that hold words of users or models, speech or images. */
  private static final Set<String> WORDS =
      Set.of("text", "transcript", "delta", "arguments", "output", "audio", "image_url");

  /** Below these fields the client chooses the names. */
  private static final Set<String> OF_CLIENT = Set.of("tools", "metadata");

  private static final Set<String> COMMANDING = Set.of("system", "developer");

  private static final String INSTRUCTIONS = SessionField.INSTRUCTIONS.path();

  /** Longer texts are hidden without a search: no setting that an upstream repeats is longer. */
  private static final int LONGEST_TEXT = 64 * 1024;

  /**
   * Characters compared for one event, over all its texts: comparing them takes 1.5 ms. Text beyond
   * is hidden as if it were a quote. Words of users and models are neither compared nor counted.
   */
  private static final int MAX_COMPARED = 256 * 1024;

  private final QuoteSearch quotes;

  private HiddenInstructions(QuoteSearch quotes) {
    this.quotes = quotes;
  }

  /** The filter for a tier's instructions; empty if the tier does not hide them. */
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

  /** Whether an upstream event of this type may hold anything but words and audio. */
  static boolean mayAppearIn(EventType type) {
    return switch (type) {
      case RESPONSE_OUTPUT_TEXT_DELTA,
          RESPONSE_OUTPUT_TEXT_DONE,
          RESPONSE_OUTPUT_AUDIO_DELTA,
          RESPONSE_OUTPUT_AUDIO_DONE,
          SESSION_OUTPUT_AUDIO_DELTA,
          SESSION_INPUT_TRANSCRIPT_DELTA,
          SESSION_OUTPUT_TRANSCRIPT_DELTA,
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
   * Removes the instructions from an upstream event.
   *
   * @return whether there were any
   */
  boolean removeFrom(ObjectNode event) {
    return new Comparison().clean(event, false);
  }

  /** Cleans one event, within {@link #MAX_COMPARED}. */
  private final class Comparison {
    private int remaining = MAX_COMPARED;

    /**
     * Cleans a part of the event, as {@link #removeFrom} does.
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
      remaining -= text.length();
      return remaining < 0 || quotes.occurIn(text);
    }
  }
}
