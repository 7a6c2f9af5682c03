package io.donna.gateway.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** A client of a {@link GuardedHouse}, and its upstream, which a test plays. */
final class GuardedTalk extends Talk {
  private static final String SESSION =
      """
      {"type":"%s","session":{"type":"realtime","audio":{"input":{"transcription":%s,
      "turn_detection":{"type":"server_vad","create_response":false}}}}}\
      """
          .replace("\n", "");

  final RunningGateway gateway;
  final String user;

  GuardedTalk(
      RunningGateway gateway, String user, TestClient client, TestUpstream.Connection upstream) {
    super(client, upstream);
    this.gateway = gateway;
    this.user = user;
  }

  /** The upstream takes the session that it is asked for first, and the client sees it. */
  GuardedTalk setUp() {
    JsonNode asked = isSent("session.update");
    JsonNode transcription = asked.at("/session/audio/input/transcription");
    assertThat(transcription.path("model").asString("")).isEqualTo("gpt-4o-mini-transcribe");
    upstream.send(session("session.created", "null"));
    upstream.send(session("session.updated", transcription.toString()));
    assertThat(transcriptionOf(hears("session.created")).isNull()).isTrue();
    return this;
  }

  static JsonNode transcriptionOf(JsonNode session) {
    return session.at("/session/audio/input/transcription");
  }

  /** The security log has a line of this session's with all of {@code parts}. */
  void isLogged(String... parts) {
    await("a log line of " + user + " with " + List.of(parts))
        .atMost(Duration.ofSeconds(10))
        .until(() -> logged().anyMatch(line -> Arrays.stream(parts).allMatch(line::contains)));
  }

  Stream<String> logged() {
    return gateway.log().stream().filter(line -> line.contains("\"userId\":\"" + user + "\""));
  }

  /** JSON with single quotes. */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more library
  static String event(String text, Object... values) {
    return text.formatted(values).replace('\'', '"');
  }

  static String session(String type, String transcription) {
    return SESSION.formatted(type, transcription);
  }

  /** The upstream finds a turn, which becomes an item. */
  void speaks(String item) {
    passes(event("{'type':'input_audio_buffer.speech_stopped','item_id':'%s'}", item));
    passes(event("{'type':'input_audio_buffer.committed','item_id':'%s'}", item));
  }

  void writesDown(String item, String transcript) {
    upstream.send(
        event(
            "{'type':'conversation.item.input_audio_transcription.completed','item_id':'%s',"
                + "'content_index':0,'transcript':'%s'}",
            item, transcript));
  }

  static String created(String id) {
    return event(
        "{'type':'response.created','response':{'id':'%s','conversation_id':'c','metadata':null}}",
        id);
  }

  static String itemAdded(String response, String item) {
    return event(
        "{'type':'response.output_item.added','response_id':'%s','item':{'id':'%s',"
            + "'type':'message'}}",
        response, item);
  }

  static String audio(String response, String item) {
    return event(
        "{'type':'response.output_audio.delta','response_id':'%s','item_id':'%s',"
            + "'content_index':0,'delta':'AAAA'}",
        response, item);
  }

  static String transcript(String response, String item, String delta) {
    return event(
        "{'type':'response.output_audio_transcript.delta','response_id':'%s','item_id':'%s',"
            + "'content_index':0,'delta':'%s'}",
        response, item, delta);
  }

  static String transcriptDone(String response, String item, String text) {
    return event(
        "{'type':'response.output_audio_transcript.done','response_id':'%s','item_id':'%s',"
            + "'content_index':0,'transcript':'%s'}",
        response, item, text);
  }

  static String done(String id, String status) {
    return event(
        "{'type':'response.done','response':{'id':'%s','conversation_id':'c','status':'%s',"
            + "'status_details':null,'output':[],'metadata':null}}",
        id, status);
  }
}
