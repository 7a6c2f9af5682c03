package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ErrorTest {
  private final Simulator simulator = Simulator.builder().speed(5).start();
  private final RealtimeClient client = RealtimeClient.connect(simulator);

  ErrorTest() {
    client.await("session.created");
  }

  @AfterEach
  void stop() {
    client.close();
    simulator.close();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "-",
      value = {
        "{ | invalid_json | -",
        "`` | invalid_json | -",
        "{'type':'response.cancel'} {} | invalid_json | -",
        "[] | invalid_event | -",
        "{} | invalid_event | -",
        "{'type':7} | invalid_event | -",
        "{'type':'session.close'} | invalid_event | -",
        "{'type':'foo.bar'} | invalid_value | type",
        "{'type':'transcription_session.update'} | invalid_value | type",
        "{'type':'output_audio_buffer.clear'} | invalid_value | type",
        "{'type':'response.create','x':1} | unknown_parameter | x",
        "{'type':'response.create','response':{'modalities':['text']}} | unknown_parameter | response.modalities",
        "{'type':'response.create','response':{'conversation':'other'}} | invalid_value | response.conversation",
        "{'type':'response.create','response':{'input':[{'type':'message','role':'user','content':[{'type':'input_audio','audio':'%'}]}]}} | invalid_value | response.input[0].content[0].audio",
        "{'type':'response.cancel'} | response_cancel_not_active | -",
        "{'type':'response.cancel','response_id':'resp_x'} | response_cancel_not_active | -",
        "{'type':'session.update'} | missing_required_parameter | session",
        "{'type':'session.update','session':'x'} | invalid_type | session",
        "{'type':'input_audio_buffer.append'} | missing_required_parameter | audio",
        "{'type':'input_audio_buffer.append','audio':'%%%'} | invalid_value | audio",
        "{'type':'input_audio_buffer.append','audio':'AAAA'} | invalid_value | audio",
        "{'type':'input_audio_buffer.commit'} | input_audio_buffer_commit_empty | -",
        "{'type':'conversation.item.create'} | missing_required_parameter | item",
        "{'type':'conversation.item.create','item':{'type':'message'}} | missing_required_parameter | item.role",
        "{'type':'conversation.item.create','item':{'type':'note'}} | invalid_value | item.type",
        "{'type':'conversation.item.create','item':{'type':'message','role':'user','content':[{'type':'text','text':'x'}]}} | invalid_value | item.content[0].type",
        "{'type':'conversation.item.create','previous_item_id':'nowhere','item':{'type':'function_call_output','call_id':'c','output':'o'}} | item_create_invalid_previous_item_id | previous_item_id",
        "{'type':'conversation.item.retrieve','item_id':'x'} | item_retrieve_invalid_item_id | item_id",
        "{'type':'conversation.item.delete','item_id':'x'} | item_delete_invalid_item_id | item_id",
        "{'type':'conversation.item.truncate','item_id':'x','content_index':0,'audio_end_ms':1} | item_truncate_invalid_item_id | item_id",
        "{'type':'conversation.item.truncate','item_id':'x'} | missing_required_parameter | content_index",
      })
  void saysWhatIsWrongAndGoesOn(String message, String code, @Nullable String param) {
    client.send(message.replace('\'', '"'));

    JsonNode event = client.next();
    assertThat(event.path("type").asString()).isEqualTo("error");
    assertThat(event.path("error").propertyNames())
        .containsExactly("type", "code", "message", "param", "event_id");
    assertThat(event.at("/error/type").asString()).isEqualTo("invalid_request_error");
    assertThat(event.at("/error/code").asString()).isEqualTo(code);
    assertThat(event.at("/error/param").asString(null)).isEqualTo(param);
    assertThat(event.at("/error/message").asString()).isNotEmpty();

    client.update("{\"type\":\"realtime\"}");
    assertThat(client.next().path("type").asString()).isEqualTo("session.updated");
  }

  @Test
  void namesTheEventThatWasWrong() {
    client.send("{\"type\":\"response.cancel\",\"event_id\":\"mine_7\"}");

    assertThat(client.next().at("/error/event_id").asString()).isEqualTo("mine_7");
  }

  @Test
  void listsTheTypesItTakes() {
    client.send("{\"type\":\"foo\"}");

    assertThat(client.next().at("/error/message").asString())
        .startsWith("Invalid value: 'foo'. Supported values are: 'session.update', ")
        .endsWith("'response.create', and 'response.cancel'.");
  }

  @Test
  void takesNoBinaryMessages() {
    client.sendBinary(new byte[] {1, 2, 3});

    assertThat(client.next().at("/error/message").asString())
        .isEqualTo("Expected a text WebSocket message; binary frames are not supported.");
  }

  @Test
  void givesOneResponseAtATime() {
    client.say("Tell me a story").respond();
    String id = client.await("response.created").at("/response/id").asString();
    client.await("response.output_audio.delta");
    client.respond();
    JsonNode error = awaitError();

    assertThat(error.path("code").asString()).isEqualTo("conversation_already_has_active_response");
    assertThat(error.path("message").asString())
        .isEqualTo(
            "Conversation already has an active response in progress: "
                + id
                + ". Wait until the response is finished before creating a new one.");
  }

  @Test
  void cancelsTheResponseThatRuns() {
    client.say("Tell me a story").respond();
    client.await("response.output_audio.delta");
    client.send("{\"type\":\"response.cancel\"}");
    JsonNode response = client.await("response.done").path("response");

    assertThat(response.path("status").asString()).isEqualTo("cancelled");
    assertThat(response.path("status_details"))
        .hasToString("{\"type\":\"cancelled\",\"reason\":\"client_cancelled\"}");
    assertThat(response.at("/output/0/status").asString()).isEqualTo("incomplete");
  }

  @Test
  void countsNothingForAResponseThatSaidNothing() {
    try (Simulator pensive = Simulator.builder().speed(0.05).start();
        var asker = RealtimeClient.connect(pensive)) {
      asker.say("Tell me a story").respond();
      asker.await("response.content_part.added");
      asker.send("{\"type\":\"response.cancel\"}");

      JsonNode usage = asker.await("response.done").at("/response/usage");
      assertThat(usage.path("total_tokens").asInt()).isZero();
    }
  }

  private JsonNode awaitError() {
    while (true) {
      JsonNode event = client.next();
      if (event.path("type").asString().equals("error")) {
        return event.path("error");
      }
    }
  }
}
