package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ItemTest {
  private static final String TEXT = "{\"output_modalities\":[\"text\"]}";
  private static final String WEATHER_TOOL =
      """
      {"type":"realtime","output_modalities":["text"],"tools":[
        {"type":"function","name":"set_alarm","description":"Wake somebody at a time.",
         "parameters":{"type":"object","properties":{"hour":{"type":"integer"},
           "days":{"type":"array","items":{"type":"string","enum":["Monday","Friday"]}},
           "loud":{"type":"boolean"}}}},
        {"type":"function","name":"get_weather","description":"Look up the weather for a city.",
         "parameters":{"type":"object","properties":{"city":{"type":"string"}}}}]}\
      """;

  private final Simulator simulator = Simulator.builder().speed(1_000_000).start();
  private final RealtimeClient client = RealtimeClient.connect(simulator);

  ItemTest() {
    client.await("session.created");
  }

  @AfterEach
  void stop() {
    client.close();
    simulator.close();
  }

  @Test
  void putsItemsWhereTheyAreToGo() {
    assertThat(added("a", "").path("previous_item_id").isNull()).isTrue();
    assertThat(added("b", "").path("previous_item_id").asString()).isEqualTo("a");
    assertThat(added("c", "\"previous_item_id\":\"a\",").path("previous_item_id").asString())
        .isEqualTo("a");
    assertThat(added("d", "\"previous_item_id\":\"root\",").path("previous_item_id").isNull())
        .isTrue();
    assertThat(added("e", "\"previous_item_id\":null,").path("previous_item_id").asString())
        .isEqualTo("b");
  }

  @Test
  void refusesAnItemThatIsThere() {
    added("a", "");
    create("a", "");

    assertThat(client.next().at("/error/code").asString())
        .isEqualTo("item_create_duplicate_item_id");
  }

  @Test
  void deletesAndRetrievesItems() {
    added("a", "");
    client.send("{\"type\":\"conversation.item.retrieve\",\"item_id\":\"a\"}");
    assertThat(client.await("conversation.item.retrieved").at("/item/content/0/text").asString())
        .isEqualTo("text of a");

    client.send("{\"type\":\"conversation.item.delete\",\"item_id\":\"a\"}");
    assertThat(client.await("conversation.item.deleted").path("item_id").asString()).isEqualTo("a");
    client.send("{\"type\":\"conversation.item.retrieve\",\"item_id\":\"a\"}");
    assertThat(client.next().at("/error/code").asString())
        .isEqualTo("item_retrieve_invalid_item_id");
  }

  @Test
  void truncatesWhatTheUserDidNotHear() {
    client.say("hello").respond();
    String itemId = client.await("response.done").at("/response/output/0/id").asString();
    client.await("rate_limits.updated");
    truncate(itemId, 1_000_000);
    assertThat(client.next().at("/error/message").asString())
        .matches("Audio content of \\d+ms is already shorter than 1000000ms");

    truncate(itemId, 500);
    client.await("conversation.item.truncated");
    client.send("{\"type\":\"conversation.item.retrieve\",\"item_id\":\"" + itemId + "\"}");
    JsonNode part = client.await("conversation.item.retrieved").at("/item/content/0");
    assertThat(part.path("transcript").asString()).isEmpty();
    assertThat(part.path("audio").asString()).hasSize(32_000);
  }

  @Test
  void callsAFunctionInTheRecordedOrder() {
    client.update(WEATHER_TOOL).say("What is the weather in London?").respond();
    client.await("conversation.item.done");
    List<JsonNode> events = client.until("response.done");

    assertThat(events.stream().map(e -> e.path("type").asString()).distinct())
        .containsExactly(
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "conversation.item.done",
            "response.output_item.done",
            "response.done");
    JsonNode call = events.getLast().at("/response/output/0");
    assertThat(call.propertyNames())
        .containsExactly("id", "type", "status", "name", "call_id", "arguments");
    assertThat(call.path("call_id").asString()).matches("call_[0-9A-Za-z]{16}");
    assertThat(call.path("arguments").asString()).isEqualTo("{\"city\":\"London\"}");
  }

  @Test
  void repeatsWhatAToolAnswered() {
    client.update(WEATHER_TOOL).say("What is the weather in London?").respond();
    String callId = client.await("response.done").at("/response/output/0/call_id").asString();
    client.send(
        """
        {"type":"conversation.item.create","item":{"type":"function_call_output",
          "call_id":"%s","output":"It is foggy in London."}}\
        """
            .formatted(callId));
    client.respond();

    assertThat(client.await("response.output_text.done").path("text").asString())
        .isEqualTo("The answer is: It is foggy in London.");
  }

  @ParameterizedTest(name = "{0}, {1}: {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Wake me at 7 on Friday | \"auto\" | set_alarm {\"hour\":7,\"days\":[\"Friday\"],\"loud\":true}",
        "Bonjour | \"required\" | set_alarm {\"hour\":1,\"days\":[\"Monday\"],\"loud\":true}",
        "I am in Paris | {\"type\":\"function\",\"name\":\"get_weather\"} | get_weather {\"city\":\"Paris\"}",
      })
  void fillsParametersFromTheUsersWords(String said, String choice, String call) {
    client.update(WEATHER_TOOL).say(said).respond("{\"tool_choice\":" + choice + "}");
    JsonNode done = client.await("response.function_call_arguments.done");

    assertThat(done.path("name").asString() + " " + done.path("arguments").asString())
        .isEqualTo(call);
  }

  @Test
  void callsNothingWhenItIsNotTo() {
    client.update(WEATHER_TOOL).say("What is the weather in London?");
    client.respond("{\"tool_choice\":\"none\"}");

    assertThat(client.await("response.done").at("/response/output/0/type").asString())
        .isEqualTo("message");
  }

  @Test
  void countsThePicturesItIsShown() {
    client.send(
        """
        {"type":"conversation.item.create","item":{"type":"message","role":"user","content":[
          {"type":"input_image","image_url":"data:image/png;base64,AAAA"}]}}\
        """);
    client.respond(TEXT);

    assertThat(
            client
                .await("response.done")
                .at("/response/usage/input_token_details/image_tokens")
                .asInt())
        .isPositive();
  }

  private JsonNode added(String id, String before) {
    create(id, before);
    return client.await("conversation.item.done");
  }

  private void create(String id, String before) {
    client.send(
        "{\"type\":\"conversation.item.create\","
            + before
            + "\"item\":{\"id\":\""
            + id
            + "\",\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
            + "\"text\":"
            + JsonMapper.shared().writeValueAsString("text of " + id)
            + "}]}}");
  }

  private void truncate(String itemId, int millis) {
    client.send(
        """
        {"type":"conversation.item.truncate","item_id":"%s","content_index":0,"audio_end_ms":%d}\
        """
            .formatted(itemId, millis));
  }
}
