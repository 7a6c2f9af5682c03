package io.donna.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.CapturedLog;
import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.kit.TieredGateway;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/**
 * Whatever stands at any place of an event that is JSON, nobody who looks into it falls over it.
 */
class StrangeJsonTest {
  private static final String TIER =
      """
      all:
        models: {allowed: [gpt-realtime-2.1], default: gpt-realtime-2.1}
        transcription_models: [whisper-1]
        session:
          locked: {audio.output.voice: marin}
          most: {max_output_tokens: 1000, audio.output.speed: 1.2}
        hide_instructions: true
        guard_transcription_model: whisper-1
        tools: [look_up]
        limits: {audio_seconds_per_minute: 10000, responses_per_minute: 10000}
        budgets: [{per: session, usd: 1000000000}]
        guards:
          - name: words
            on: [user, instructions, assistant, tool_calls]
            patterns: [forbidden]
            hold_back: true
            action: answer
            answer: No comment.
      """;

  private static final List<String> STRANGE =
      List.of(
          "null",
          "true",
          "0",
          "-1",
          "1.5",
          "1e400",
          "-1e-400",
          "1e2147483647",
          "12345678901234567890",
          "\"\"",
          "\"forbidden\"",
          "[]",
          "[null,0,\"x\",[],{}]",
          "{}",
          "{\"type\":[],\"id\":{},\"audio\":{\"audio\":0},\"content\":{\"a\":1}}",
          "[".repeat(40) + "]".repeat(40));

  private static final List<String> OF_CLIENTS =
      List.of(
          """
          {'type':'session.update','event_id':'e','session':{'type':'realtime',
          'model':'gpt-realtime-2.1','output_modalities':['audio'],'instructions':'x',
          'tools':[{'type':'function','name':'look_up','description':'d','parameters':{'a':'b'}}],
          'tool_choice':{'type':'function','name':'look_up'},'max_output_tokens':9,
          'prompt':{'id':'p','variables':{'a':'b'}},'tracing':'auto',
          'audio':{'input':{'format':{'type':'audio/pcm','rate':24000},
          'transcription':{'model':'whisper-1'},'turn_detection':{'type':'server_vad',
          'create_response':true}},'output':{'voice':'echo','speed':1}}}}\
          """,
          """
          {'type':'session.update','session':{'modalities':['text'],'voice':'echo',
          'input_audio_format':'pcm16','input_audio_transcription':{'model':'whisper-1'},
          'turn_detection':{'type':'server_vad'},'max_response_output_tokens':9,
          'audio':{'input':{}}}}\
          """,
          """
          {'type':'transcription_session.update','session':{'input_audio_format':'pcm16'}}\
          """,
          """
          {'type':'response.create','event_id':'e','response':{'conversation':'none',
          'input':[{'type':'message','role':'assistant','content':[{'type':'output_text',
          'text':'a'}]}],'instructions':'x','max_output_tokens':9,'metadata':{'a':'b'},
          'output_modalities':['text'],'modalities':['text'],'tools':[{'type':'function',
          'name':'look_up'}],'audio':{'output':{'voice':'echo'}}}}\
          """,
          """
          {'type':'conversation.item.create','event_id':'e','previous_item_id':'i',
          'item':{'id':'i','type':'message','role':'user','content':[{'type':'input_text',
          'text':'a','audio':'AAAA','image_url':'data:,'}]}}\
          """,
          """
          {'type':'conversation.item.create','item':{'type':'function_call_output',
          'call_id':'c','output':'o'}}\
          """,
          "{'type':'input_audio_buffer.append','event_id':'e','audio':'AAAA'}",
          "{'type':'input_audio_buffer.commit','event_id':'e'}",
          "{'type':'conversation.item.delete','item_id':'i'}",
          "{'type':'response.cancel','response_id':'r'}");

  private static final List<String> OF_UPSTREAMS =
      List.of(
          """
          {'type':'session.created','session':{'model':'m','instructions':'x','audio':{'input':{
          'format':{'type':'audio/pcm','rate':24000},'transcription':{'model':'whisper-1'},
          'turn_detection':{'type':'server_vad','create_response':true}},'output':{
          'format':{'type':'audio/pcm'},'voice':'v'}}}}\
          """,
          """
          {'type':'session.updated','session':{'model':'m','instructions':'x','audio':{'input':{
          'format':{'type':'audio/pcm','rate':24000},'transcription':{'model':'whisper-1'},
          'turn_detection':{'type':'server_vad','create_response':true}},'output':{
          'format':{'type':'audio/pcm'},'voice':'v'}}}}\
          """,
          "{'type':'error','error':{'type':'t','code':'c','message':'m','event_id':'e'}}",
          "{'type':'input_audio_buffer.speech_stopped','item_id':'i'}",
          "{'type':'input_audio_buffer.committed','item_id':'i','previous_item_id':'h'}",
          """
          {'type':'conversation.item.input_audio_transcription.completed','item_id':'i',
          'content_index':0,'transcript':'t','usage':{'type':'tokens','input_tokens':1,
          'output_tokens':1,'seconds':1,'input_token_details':{'audio_tokens':1}}}\
          """,
          "{'type':'conversation.item.deleted','item_id':'i'}",
          """
          {'type':'response.created','response':{'id':'r','conversation_id':'c','output':[],
          'metadata':{'donna_answer':'x'},'audio':{'output':{'format':{'type':'audio/pcm'}}}}}\
          """,
          "{'type':'response.output_item.added','response_id':'r','item':{'id':'a'}}",
          """
          {'type':'conversation.item.added','item':{'id':'a','role':'assistant','content':[
          {'type':'output_audio','transcript':'t'}]}}\
          """,
          """
          {'type':'response.output_audio_transcript.delta','response_id':'r','item_id':'a',
          'content_index':0,'delta':'d.'}\
          """,
          "{'type':'response.output_audio.delta','response_id':'r','item_id':'a','delta':'AAAA'}",
          """
          {'type':'response.function_call_arguments.delta','response_id':'r','item_id':'f',
          'delta':'d'}\
          """,
          """
          {'type':'response.function_call_arguments.done','response_id':'r','item_id':'f',
          'arguments':'{}'}\
          """,
          """
          {'type':'response.output_item.done','response_id':'r','item':{'id':'a','type':'message',
          'role':'assistant','content':[{'type':'output_text','text':'t'}]}}\
          """,
          """
          {'type':'response.done','event_id':'e','response':{'id':'r','status':'completed',
          'output':[{'id':'a','type':'message','role':'assistant','content':[{'text':'t'}]}],
          'usage':{'input_tokens':1,'output_tokens':1,'input_token_details':{'text_tokens':1,
          'cached_tokens':1,'cached_tokens_details':{'text_tokens':1}},
          'output_token_details':{'text_tokens':1}}},'usage':{'input_tokens':1}}\
          """);

  private static final String LAST = "the last of all";

  @TempDir Path folder;

  /** The event with each value in turn at each of its places. */
  private static List<String> strange(String event) {
    ObjectNode tree = (ObjectNode) JsonMapper.shared().readTree(event.replace('\'', '"'));
    List<String> all = new ArrayList<>();
    for (String value : STRANGE) {
      putEverywhere(tree, tree, value, all);
    }
    return all;
  }

  private static void putEverywhere(JsonNode at, ObjectNode event, String value, List<String> all) {
    if (at instanceof ObjectNode object) {
      for (String name : List.copyOf(object.propertyNames())) {
        if (!at.equals(event) || !name.equals("type")) {
          JsonNode usual = object.get(name);
          object.putRawValue(name, new RawValue(value));
          all.add(event.toString());
          object.set(name, usual);
          putEverywhere(usual, event, value, all);
        }
      }
    } else if (at instanceof ArrayNode list && !list.isEmpty()) {
      JsonNode first = list.get(0);
      list.setRawValue(0, new RawValue(value));
      all.add(event.toString());
      list.set(0, first);
      putEverywhere(first, event, value, all);
    }
  }

  /** Reads until what was said last has been answered: the session goes on. */
  private static void readAll(TestClient client) {
    String said = client.readText();
    while (!said.contains(LAST)) {
      said = client.readText();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Nothing: 1", "OpenAI-Beta: realtime=v1"})
  void doesNotFallOverWhatClientsSay(String dialect) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("policy.yaml"), "default_tier: all\ntiers:\n" + TIER.indent(2));
    try (CapturedLog log = new CapturedLog();
        Simulator simulator = Simulator.builder().speed(100).start();
        RunningGateway gateway =
            RunningGateway.behind(simulator.uri()).with("POLICY_FILE", file).start()) {
      List<String> all = OF_CLIENTS.stream().flatMap(event -> strange(event).stream()).toList();
      assertThat(all).hasSizeGreaterThan(1_000);
      // A few a client: who is refused again and again is closed.
      for (int from = 0; from < all.size(); from += 40) {
        try (TestClient client =
            gateway.connectDropIn("Authorization: Bearer " + RunningGateway.token("u"), dialect)) {
          all.subList(from, Math.min(all.size(), from + 40)).forEach(client::send);
          client.send("{\"type\":\"no.such\",\"event_id\":\"" + LAST + "\"}");
          readAll(client);
        }
      }

      assertThat(log.lines()).noneMatch(line -> line.contains("internal error"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Nothing: 1", "OpenAI-Beta: realtime=v1"})
  void doesNotFallOverWhatUpstreamsSay(String dialect) {
    try (CapturedLog log = new CapturedLog();
        TieredGateway gateway = new TieredGateway(folder, TIER)) {
      for (String event : OF_UPSTREAMS) {
        Queue<String> left = new ArrayDeque<>(strange(event));
        while (!left.isEmpty()) {
          try (TestClient client =
              TestClient.connect(
                  gateway.running().port(),
                  "/v1/realtime",
                  "Authorization: Bearer " + TieredGateway.token(gateway.newUser(), "all"),
                  dialect)) {
            TestUpstream.Connection upstream = gateway.upstream().take().accept();
            while (!left.isEmpty() && goesOn(client, upstream, left.remove())) {
              // with the next one
            }
          }
        }
      }

      assertThat(log.lines()).noneMatch(line -> line.contains("internal error"));
    }
  }

  /** Whether the session does; it ends where the guards cannot read what the upstream says. */
  private static boolean goesOn(
      TestClient client, TestUpstream.Connection upstream, String strange) {
    upstream.send(strange);
    upstream.send("{\"type\":\"rate_limits.updated\",\"event_id\":\"" + LAST + "\"}");
    Frame frame = client.read();
    while (frame.isText() && !frame.text().contains(LAST)) {
      frame = client.read();
    }
    assertThat(frame.isText() || frame.closeCode() == 1011).as(strange).isTrue();
    return frame.isText();
  }
}
