package io.donna.gateway.guard;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client under guards, whose session is set up, and its upstream, which a test plays. */
final class GuardedTalk implements AutoCloseable {
  static final String CLEAR = "{\"type\":\"input_audio_buffer.clear\"}";
  private static final String SESSION =
      """
      {"type":"%s","session":{"type":"realtime","audio":{"input":{"transcription":%s,
      "turn_detection":{"type":"server_vad","create_response":%s}}}}}\
      """
          .replace("\n", "");

  final RunningGateway gateway;
  private final TestUpstream server = TestUpstream.start();
  final TestClient client;
  final TestUpstream.Connection upstream;

  private GuardedTalk(Path folder, String tier) throws IOException {
    gateway = RunningGateway.behind(server).with("POLICY_FILE", policy(folder, tier)).start();
    client = connect();
    upstream = accept(tier.contains("user"));
  }

  static GuardedTalk under(Path folder, String tier) {
    try {
      return new GuardedTalk(folder, tier);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path policy(Path folder, String tier) throws IOException {
    return Files.writeString(
        folder.resolve("policy.yaml"), "default_tier: t\ntiers:\n  t:\n" + tier.indent(4));
  }

  static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text);
  }

  /** JSON with single quotes. */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more library
  static String event(String text, Object... values) {
    return text.formatted(values).replace('\'', '"');
  }

  TestClient connect() {
    return TestClient.connect(
        gateway.port(),
        "/v1/realtime?model=m",
        "Authorization: Bearer " + RunningGateway.token("ann"));
  }

  /** The next upstream; where the user is judged, it has taken the session. */
  TestUpstream.Connection accept(boolean setUp) {
    TestUpstream.Connection opened = server.take().accept();
    if (setUp) {
      JsonNode asked = json(opened.readText());
      JsonNode transcription = asked.at("/session/audio/input/transcription");
      assertThat(transcription.path("model").asString("")).isNotEmpty();
      opened.send(session("session.created", "null"));
      opened.send(session("session.updated", transcription.toString()));
    }
    return opened;
  }

  static String session(String type, String transcription) {
    return SESSION.formatted(type, transcription, false);
  }

  /** As {@link #under}, past what the client first sees of its session. */
  GuardedTalk begun() {
    assertThat(hears().get("type").asString()).isEqualTo("session.created");
    return this;
  }

  /** The next that the upstream is sent. */
  JsonNode isSent() {
    return json(upstream.readText());
  }

  JsonNode isSent(String type) {
    JsonNode event = isSent();
    assertThat(event.get("type").asString()).as(event.toString()).isEqualTo(type);
    return event;
  }

  /** The next that the client hears. */
  JsonNode hears() {
    return json(client.readText());
  }

  JsonNode hears(String type) {
    JsonNode event = hears();
    assertThat(event.get("type").asString()).as(event.toString()).isEqualTo(type);
    return event;
  }

  JsonNode hearsError(String code) {
    JsonNode error = hears("error").get("error");
    assertThat(error.get("code").asString()).isEqualTo(code);
    return error;
  }

  /** Nothing else has been sent: the next that comes is what the client says now. */
  void isSentNothing() {
    client.send(CLEAR);
    assertThat(upstream.readText()).isEqualTo(CLEAR);
  }

  /** Nothing else has been heard: the next that comes is what the upstream says now. */
  void hearsNothing() {
    String last = event("{'type':'rate_limits.updated','rate_limits':[]}");
    upstream.send(last);
    assertThat(client.readText()).isEqualTo(last);
  }

  /** Goes on to the client as it is. */
  void passes(String text) {
    upstream.send(text);
    assertThat(client.readText()).isEqualTo(text);
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

  @Override
  public void close() {
    client.close();
    gateway.close();
    server.close();
  }
}
