package io.donna.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.event.EventType;
import io.donna.gateway.kit.Choices;
import io.donna.gateway.kit.Property;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Judging an event takes a number of steps in proportion to its values, which are bounded, whatever
 * its shape. A step is a member or an item that is looked at.
 */
class JudgingStepsTest {
  private static final int STEPS_A_VALUE = 6;
  private static final int STEPS_AN_EVENT = 200;

  /** Makes trees that count the steps that are taken in them. */
  private static final class Counting extends JsonNodeFactory {
    private long steps;

    @Override
    public ObjectNode objectNode() {
      return new ObjectNode(this) {
        @Override
        public Set<Map.Entry<String, JsonNode>> properties() {
          steps += size();
          return super.properties();
        }

        @Override
        public Collection<String> propertyNames() {
          steps += size();
          return super.propertyNames();
        }

        @Override
        public JsonNode get(String name) {
          steps++;
          return super.get(name);
        }
      };
    }

    @Override
    public ArrayNode arrayNode() {
      return new ArrayNode(this) {
        @Override
        public Collection<JsonNode> values() {
          steps += size();
          return super.values();
        }

        @Override
        public JsonNode get(int index) {
          steps++;
          return super.get(index);
        }
      };
    }
  }

  @TempDir Path folder;

  private static final List<EventType> TYPES =
      List.of(
          EventType.SESSION_UPDATE, EventType.RESPONSE_CREATE, EventType.CONVERSATION_ITEM_CREATE);

  /** What a client can repeat as often as the bound allows, and where it stands. */
  private static final Map<EventType, List<String>> FRAMES =
      Map.of(
          EventType.SESSION_UPDATE,
          List.of(
              "{'session':{'tools':[*]}}",
              "{'session':{'include':[*]}}",
              "{'session':{'tools':[{'type':'function','name':'a','parameters':{'required':[*]}}]}}",
              "{'session':{'audio':{'input':{'turn_detection':{'list':[*]}}}}}"),
          EventType.RESPONSE_CREATE,
          List.of(
              "{'response':{'input':[*]}}",
              "{'response':{'metadata':{'a':[*]}}}",
              "{'response':{'tools':[*]}}"),
          EventType.CONVERSATION_ITEM_CREATE,
          List.of(
              "{'item':{'type':'message','role':'user','content':[*]}}",
              "{'item':{'type':'function_call_output','output':[*]}}"));

  private static final List<String> REPEATED =
      List.of(
          "{}",
          "0",
          "'a'",
          "[[[[[]]]]]",
          "{'type':'input_text','text':'a'}",
          "{'type':'function','name':'a#','parameters':{'properties':{'b':{'type':'string'}}}}",
          "{'type':'message','role':'user','content':[{'type':'input_text','text':'a'}]}",
          "{'a#':{'image_url':'data:','audio':'AAAA'}}");

  private void takesFewSteps(Rules rules, Choices choices) {
    EventType type = choices.of(TYPES);
    String frame = choices.of(FRAMES.getOrDefault(type, List.of()));
    String repeated = choices.of(REPEATED);
    int times = choices.upTo(2_000);
    StringBuilder list = new StringBuilder();
    for (int i = 0; i < times; i++) {
      list.append(i == 0 ? "" : ",").append(repeated.replace("#", Integer.toString(i)));
    }
    String event = frame.replace("*", list).replace('\'', '"');
    Counting counting = new Counting();
    ObjectNode tree =
        (ObjectNode) JsonMapper.builder().nodeFactory(counting).build().readTree(event);
    int values = values(tree);
    counting.steps = 0;

    rules.judge(type, new EditableEvent(type, tree));

    assertThat(counting.steps)
        .as(frame + " of " + times + " " + repeated)
        .isBetween(1L, STEPS_AN_EVENT + (long) STEPS_A_VALUE * values);
  }

  private static int values(JsonNode node) {
    int values = 1;
    for (JsonNode below : node) {
      values += values(below);
    }
    return values;
  }

  @Test
  void areInProportionToWhatAClientSays() {
    Tier tier =
        RulesTest.tier(
            folder,
            """
            session: {locked: {instructions: Be brief.}, most: {max_output_tokens: 1000}}
            image_urls: false
            """);
    Rules rules = new Rules(tier, SessionType.REALTIME);

    Property.holds(150, choices -> takesFewSteps(rules, choices));
  }
}
