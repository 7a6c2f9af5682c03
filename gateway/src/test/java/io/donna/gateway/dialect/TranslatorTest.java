package io.donna.gateway.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.event.EventType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Each row: an event of one generation, a bar, and what the other side gets for it. */
class TranslatorTest {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Translator betaClient = Translator.between(Dialect.BETA, Dialect.GA).orElseThrow();
  private final Translator betaUpstream =
      Translator.between(Dialect.GA, Dialect.BETA).orElseThrow();

  @Test
  void needsNoneBetweenThoseThatSpeakTheSame() {
    assertThat(Translator.between(Dialect.GA, Dialect.GA)).isEmpty();
    assertThat(Translator.between(Dialect.BETA, Dialect.BETA)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"type":"session.update","session":{"modalities":["text","audio"],"instructions":"hi","voice":"alloy","input_audio_format":"pcm16","output_audio_format":"pcm16","temperature":0.7}} | {"type":"session.update","session":{"output_modalities":["audio"],"instructions":"hi","audio":{"output":{"voice":"alloy","format":{"type":"audio/pcm","rate":24000}},"input":{"format":{"type":"audio/pcm","rate":24000}}},"type":"realtime"}}
          {"type":"session.update","session":{"modalities":["text"]}} | {"type":"session.update","session":{"output_modalities":["text"],"type":"realtime"}}
          {"type":"session.update","event_id":"e1","session":{"turn_detection":null,"input_audio_transcription":{"model":"whisper-1"},"input_audio_noise_reduction":{"type":"near_field"}}} | {"type":"session.update","event_id":"e1","session":{"audio":{"input":{"turn_detection":null,"transcription":{"model":"whisper-1"},"noise_reduction":{"type":"near_field"}}},"type":"realtime"}}
          {"type":"session.update","session":{"input_audio_format":"g711_ulaw","output_audio_format":"g711_alaw","max_response_output_tokens":"inf","speed":1.1}} | {"type":"session.update","session":{"audio":{"input":{"format":{"type":"audio/pcmu"}},"output":{"format":{"type":"audio/pcma"},"speed":1.1}},"max_output_tokens":"inf","type":"realtime"}}
          {"type":"session.update","session":{"input_audio_format":"opus"}} | {"type":"session.update","session":{"audio":{"input":{"format":"opus"}},"type":"realtime"}}
          {"type":"session.update","session":{"voice":"ash","audio":{"output":{"speed":2}}}} | {"type":"session.update","session":{"audio":{"output":{"voice":"ash","speed":2}},"type":"realtime"}}
          {"type":"session.update"} | {"type":"session.update"}
          {"type":"session.update","session":"odd"} | {"type":"session.update","session":"odd"}
          {"type":"transcription_session.update","session":{"input_audio_format":"pcm16","input_audio_transcription":{"model":"gpt-4o-transcribe"},"include":["x"]}} | {"type":"session.update","session":{"audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"transcription":{"model":"gpt-4o-transcribe"}}},"include":["x"],"type":"transcription"}}
          {"type":"response.create"} | {"type":"response.create"}
          {"type":"response.create","response":{"modalities":["text"],"temperature":0.9,"max_response_output_tokens":9,"voice":"ash","output_audio_format":"pcm16","tools":[],"input":[{"type":"message","role":"assistant","content":[{"type":"text","text":"a"}]},{"type":"item_reference","id":"i"}]}} | {"type":"response.create","response":{"output_modalities":["text"],"max_output_tokens":9,"audio":{"output":{"voice":"ash","format":{"type":"audio/pcm","rate":24000}}},"tools":[],"input":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"}]},{"type":"item_reference","id":"i"}]}}
          {"type":"conversation.item.create","item":{"type":"message","role":"assistant","content":[{"type":"text","text":"a"}]}} | {"type":"conversation.item.create","item":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"}]}}
          {"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"a"}]}} | {"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"a"}]}}
          """)
  void saysABetaClientsEventsInTodaysShapes(String beta, String ga) {
    assertThat(betaClient.fromClient(read(beta))).isEqualTo(read(ga));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"type":"session.created","event_id":"e","session":{"type":"realtime","object":"realtime.session","id":"s","model":"m","output_modalities":["audio"],"instructions":"i","tools":[],"max_output_tokens":"inf","audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"transcription":null,"noise_reduction":null,"turn_detection":{"type":"server_vad"}},"output":{"format":{"type":"audio/pcmu"},"voice":"alloy","speed":1.0}},"include":null}} | {"type":"session.created","event_id":"e","session":{"modalities":["text","audio"],"input_audio_format":"pcm16","input_audio_transcription":null,"input_audio_noise_reduction":null,"turn_detection":{"type":"server_vad"},"output_audio_format":"g711_ulaw","voice":"alloy","speed":1.0,"max_response_output_tokens":"inf","object":"realtime.session","id":"s","model":"m","instructions":"i","tools":[],"include":null}}
          {"type":"session.updated","session":{"type":"transcription","id":"s","audio":{"input":{"format":{"type":"audio/pcma"},"turn_detection":null}}}} | {"type":"transcription_session.updated","session":{"input_audio_format":"g711_alaw","turn_detection":null,"id":"s"}}
          {"type":"conversation.item.added","previous_item_id":null,"item":{"id":"i","type":"message","role":"assistant","content":[{"type":"output_audio","transcript":"t"}]}} | {"type":"conversation.item.created","previous_item_id":null,"item":{"id":"i","type":"message","role":"assistant","content":[{"type":"audio","transcript":"t"}],"object":"realtime.item"}}
          {"type":"response.created","response":{"id":"r","output":[],"output_modalities":["audio"],"max_output_tokens":"inf","audio":{"output":{"format":{"type":"audio/pcm","rate":24000},"voice":"alloy"}},"usage":null}} | {"type":"response.created","response":{"modalities":["text","audio"],"output_audio_format":"pcm16","voice":"alloy","id":"r","output":[],"max_output_tokens":"inf","usage":null}}
          {"type":"response.done","response":{"output":[{"id":"i","object":"realtime.item","role":"assistant","content":[{"type":"output_text","text":"t"}]}],"output_modalities":["text"],"usage":{"total_tokens":3}}} | {"type":"response.done","response":{"modalities":["text"],"output":[{"id":"i","object":"realtime.item","role":"assistant","content":[{"type":"text","text":"t"}]}],"usage":{"total_tokens":3}}}
          {"type":"response.output_item.done","item":{"id":"c","object":"realtime.item","type":"function_call","name":"f"}} | {"type":"response.output_item.done","item":{"id":"c","object":"realtime.item","type":"function_call","name":"f"}}
          {"type":"response.created","response":7} | {"type":"response.created","response":7}
          """)
  void tellsABetaClientWhatTheUpstreamSaysInTheBetasShapes(String ga, String beta) {
    assertThat(betaClient.fromServer(read(ga))).containsExactly(read(beta));
  }

  @Test
  void tellsABetaClientOfAnItemOnce() {
    assertThat(betaClient.fromServer(read("{\"type\":\"conversation.item.done\",\"item\":{}}")))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "response.output_audio.delta, response.audio.delta",
    "response.output_audio.done, response.audio.done",
    "response.output_audio_transcript.delta, response.audio_transcript.delta",
    "response.output_audio_transcript.done, response.audio_transcript.done",
    "response.output_text.delta, response.text.delta",
    "response.output_text.done, response.text.done",
  })
  void renamesPiecesOfSoundAndWords(String gaName, String betaName) {
    EventType ga = EventType.named(gaName);
    EventType beta = EventType.named(betaName);

    assertThat(betaClient.renamedFromServer(ga)).isEqualTo(beta);
    assertThat(betaUpstream.renamedFromServer(beta)).isEqualTo(ga);
    assertThat(betaClient.rewritesFromServer(ga)).isFalse();
    assertThat(betaUpstream.rewritesFromServer(beta)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"type":"session.update","session":{"type":"realtime","output_modalities":["audio"],"instructions":"hi","audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"turn_detection":{"type":"semantic_vad"}},"output":{"voice":"alloy"}},"max_output_tokens":5}} | {"type":"session.update","session":{"modalities":["text","audio"],"input_audio_format":"pcm16","turn_detection":{"type":"semantic_vad"},"voice":"alloy","max_response_output_tokens":5,"instructions":"hi"}}
          {"type":"session.update","session":{"type":"transcription","audio":{"input":{"transcription":{"model":"w"}}}}} | {"type":"transcription_session.update","session":{"input_audio_transcription":{"model":"w"}}}
          {"type":"response.create","response":{"output_modalities":["text"],"max_output_tokens":9,"audio":{"output":{"voice":"ash"}},"input":[{"type":"item_reference","id":"i"}]}} | {"type":"response.create","response":{"modalities":["text"],"max_response_output_tokens":9,"voice":"ash","input":[{"type":"item_reference","id":"i"}]}}
          {"type":"response.create","response":{"max_output_tokens":9,"max_response_output_tokens":"inf"}} | {"type":"response.create","response":{"max_response_output_tokens":9}}
          {"type":"conversation.item.create","item":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"}]}} | {"type":"conversation.item.create","item":{"type":"message","role":"assistant","content":[{"type":"text","text":"a"}],"object":"realtime.item"}}
          """)
  void saysTodaysEventsToABetaUpstream(String ga, String beta) {
    assertThat(betaUpstream.fromClient(read(ga))).isEqualTo(read(beta));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"type":"session.created","session":{"id":"s","modalities":["text","audio"],"voice":"alloy","input_audio_format":"pcm16","temperature":0.8}} | {"type":"session.created","session":{"id":"s","output_modalities":["audio"],"audio":{"output":{"voice":"alloy"},"input":{"format":{"type":"audio/pcm","rate":24000}}},"type":"realtime"}}
          {"type":"transcription_session.updated","session":{"input_audio_transcription":null}} | {"type":"session.updated","session":{"audio":{"input":{"transcription":null}},"type":"transcription"}}
          {"type":"response.done","response":{"modalities":["text","audio"],"voice":"alloy","temperature":0.8,"max_output_tokens":7,"output":[{"role":"assistant","content":[{"type":"audio"}]}]}} | {"type":"response.done","response":{"output_modalities":["audio"],"audio":{"output":{"voice":"alloy"}},"max_output_tokens":7,"output":[{"role":"assistant","content":[{"type":"output_audio"}]}]}}
          """)
  void tellsAClientOfTodayWhatABetaUpstreamSays(String beta, String ga) {
    assertThat(betaUpstream.fromServer(read(beta))).containsExactly(read(ga));
  }

  @Test
  void tellsOfAUsersItemAsAddedAndDone() {
    List<ObjectNode> told =
        betaUpstream.fromServer(
            read(
                """
                {"type":"conversation.item.created","previous_item_id":"p","item":
                {"id":"i","status":"completed","role":"user","content":[{"type":"input_text","text":"a"}]}}
                """));

    assertThat(types(told)).containsExactly("conversation.item.added", "conversation.item.done");
    assertThat(told.getLast().get("item")).isEqualTo(told.getFirst().get("item"));
    assertThat(told.getLast().get("previous_item_id").asString()).isEqualTo("p");
  }

  @Test
  void tellsOfAGeneratedItemAsDoneWhenItIs() {
    List<ObjectNode> begun =
        betaUpstream.fromServer(
            read(
                """
                {"type":"conversation.item.created","previous_item_id":"p",
                "item":{"id":"i","status":"in_progress","role":"assistant","content":[]}}
                """));
    List<ObjectNode> done =
        betaUpstream.fromServer(
            read(
                """
                {"type":"response.output_item.done","item":{"id":"i","status":"completed",
                "role":"assistant","content":[{"type":"audio","transcript":"t"}]}}
                """));

    assertThat(types(begun)).containsExactly("conversation.item.added");
    assertThat(types(done)).containsExactly("conversation.item.done", "response.output_item.done");
    assertThat(done.getFirst().get("previous_item_id").asString()).isEqualTo("p");
    assertThat(done.getFirst().at("/item/content/0/type").asString()).isEqualTo("output_audio");
  }

  @Test
  void forgetsTheOldestOfTooManyUnfinishedItems() {
    for (int i = 0; i < 1_000; i++) {
      betaUpstream.fromServer(
          read(
              """
              {"type":"conversation.item.created","item":{"id":"i%d","status":"in_progress"}}
              """
                  .formatted(i)));
    }

    assertThat(types(betaUpstream.fromServer(outputItemDone("i0"))))
        .containsExactly("response.output_item.done");
    assertThat(types(betaUpstream.fromServer(outputItemDone("i999")))).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"type":"session.update","session":{"modalities":["text"]}} | BETA
          {"type":"session.update","session":{"voice":"alloy","input_audio_format":"pcm16"}} | BETA
          {"type":"session.update","session":{"voice":"alloy","turn_detection":null}} | GA
          {"type":"transcription_session.update","session":{}} | BETA
          {"type":"response.create","response":{"modalities":["text"]}} | BETA
          {"type":"session.update","session":{"type":"realtime","voice":"alloy"}} | GA
          {"type":"session.update","session":{"type":"realtime","output_modalities":["text"]}} | GA
          {"type":"session.update","session":{"instructions":"hi"}} | GA
          {"type":"session.update","session":[]} | GA
          {"type":"response.create","response":{"output_modalities":["text"]}} | GA
          {"type":"response.create"} | GA
          {"type":"input_audio_buffer.append","audio":"modalities"} | GA
          """)
  void recognisesAClientByWhatItSays(String event, Dialect dialect) {
    assertThat(Dialect.of(read(event))).isEqualTo(dialect);
  }

  private static ObjectNode outputItemDone(String id) {
    return read("{\"type\":\"response.output_item.done\",\"item\":{\"id\":\"" + id + "\"}}");
  }

  private static List<String> types(List<ObjectNode> events) {
    return events.stream().map(event -> event.get("type").asString()).toList();
  }

  private static ObjectNode read(String json) {
    return (ObjectNode) MAPPER.readTree(json);
  }
}
