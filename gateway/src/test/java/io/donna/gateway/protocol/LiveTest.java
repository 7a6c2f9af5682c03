package io.donna.gateway.protocol;

import static io.donna.gateway.kit.Talk.json;
import static io.donna.gateway.protocol.LiveCalls.CLOSE;
import static io.donna.gateway.protocol.LiveCalls.PATH;
import static io.donna.gateway.protocol.LiveCalls.STARTED;
import static io.donna.gateway.protocol.LiveCalls.append;
import static io.donna.gateway.protocol.LiveCalls.bearer;
import static io.donna.gateway.protocol.LiveCalls.closed;
import static io.donna.gateway.protocol.LiveCalls.next;
import static io.donna.gateway.protocol.LiveCalls.serving;
import static io.donna.gateway.protocol.LiveCalls.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** GPT-Live sessions: how they are opened, and what may be said in them. */
class LiveTest {
  @TempDir private Path folder;

  /** A session that has started, whose upstream the test plays. */
  private static Talk started(RunningGateway gateway, TestUpstream upstream, String start) {
    return started(gateway, upstream, start, bearer());
  }

  private static Talk started(
      RunningGateway gateway, TestUpstream upstream, String start, String header) {
    TestClient client = TestClient.connect(gateway.port(), PATH, header);
    client.send(start);
    Talk talk = new Talk(client, upstream.take().accept());
    talk.isSent("session.start");
    talk.passes(STARTED);
    return talk;
  }

  private static void sendsNothingOf(Talk talk, String event, String code) {
    talk.client.send(event);
    talk.hearsError(code);
    talk.client.send(CLOSE);
    talk.isSent("session.close");
    talk.passes(closed(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {PATH, "/openai/v1/live/sessions"})
  void speaksAndEndsAtASimulatorAsAtTheApi(String path) {
    try (Simulator simulator = Simulator.builder().start();
        RunningGateway gateway = serving(RunningGateway.behind(simulator.uri())).start();
        TestClient client = TestClient.connect(gateway.port(), path, bearer())) {
      client.send(start("'model':'gpt-live-1','instructions':'Be brief.'"));
      JsonNode session = next(client, "session.started").get("session");
      assertThat(session.get("model").asString()).isEqualTo("gpt-live-1");
      assertThat(session.at("/audio/output/voice").asString()).isEqualTo("marin");
      assertThat(simulator.awaitConnection(Duration.ofSeconds(5)).requestUri())
          .isEqualTo("/v1/live/sessions");

      client.send(append(1_000));
      assertThat(next(client, "session.output_audio.delta").get("delta").asString()).isNotEmpty();
      client.send("{\"type\":\"session.close\",\"event_id\":\"bye\"}");
      JsonNode closed = next(client, "session.closed");
      assertThat(closed.get("client_event_id").asString()).isEqualTo("bye");
      assertThat(closed.at("/usage/seconds").asInt()).isEqualTo(1);
      assertThat(client.readClose().closeCode()).isEqualTo(1000);
    }
  }

  @Test
  void isNotServedUnlessTheSettingsSaySo() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      assertThat(client.status()).isEqualTo(404);
      assertThat(client.body()).contains("api_not_served", "APIS");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "model=gpt-live-1, invalid_model",
    "model=, invalid_model",
    "intent=transcription, unsupported_parameter",
    "call_id=rtc_1, unsupported_parameter",
  })
  void takesNoParameterOfOtherSessions(String query, String code) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), PATH + "?" + query, bearer())) {
      assertThat(client.status()).isEqualTo(400);
      assertThat(client.body()).contains(code);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/live_1/attach",
        "/live_1/attach?graceful_close=true",
        "/live_1/fork",
        "/live_1/content",
        "/"
      })
  void doesNotOfferWhatIsNotThePrimarySocket(String more) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), PATH + more, bearer())) {
      assertThat(client.status()).isEqualTo(404);
      assertThat(json(client.body()).at("/error/code").asString()).isEqualTo("not_offered");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/live_1/accept", "/live_1/hangup", "/live_1/fork"})
  void doesNotOfferTheCallsOfTheApi(String more) {
    try (RunningGateway gateway = serving(RunningGateway.withoutUpstream()).start()) {
      var answer = gateway.post("/openai/v1/live/sessions" + more, "{}");

      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(json(answer.body()).at("/error/code").asString()).isEqualTo("not_offered");
    }
  }

  @Test
  void takesTheTokenOfABrowser() {
    String offered =
        "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.ek_"
            + RunningGateway.token("ann");
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, offered)) {
      client.send(start());

      assertThat(upstream.take().accept().head())
          .startsWith("GET /v1/live/sessions HTTP/1.1")
          .contains(RunningGateway.API_KEY)
          .doesNotContain("ek_");
    }
  }

  @Test
  void opensNothingWithoutAToken() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, "Authorization: Bearer no")) {
      client.send(start());

      assertThat(client.readText()).contains("invalid_api_key");
      assertThat(client.readClose().closeCode()).isEqualTo(3000);
      assertThat(upstream.isUntouched()).isTrue();
    }
  }

  /** An upstream's query, as Azure's, is kept, and none is added. */
  @Test
  void opensThePathBesideTheConfiguredOne() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            serving(
                    RunningGateway.behind(
                        URI.create(
                            "ws://127.0.0.1:%d/openai/v1/realtime?api-version=preview"
                                .formatted(upstream.port()))))
                .start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      client.send(start());

      assertThat(upstream.take().accept().head())
          .startsWith("GET /openai/v1/live/sessions?api-version=preview HTTP/1.1");
    }
  }

  /** Without any policy: nothing is dialled for a start that is refused, and the session ends. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "                                                              | invalid_value",
        "'model':''                                                    | invalid_value",
        "'model':' '                                                   | invalid_value",
        "'model':null                                                  | invalid_value",
        "'model':['gpt-live-1']                                        | invalid_value",
        "'model':'m','type':'realtime'                                 | unknown_parameter",
        "'model':'m','Model':'n'                                       | unknown_parameter",
        "'model':'m','tools':[]                                        | unknown_parameter",
        "'model':'m','client':{}                                       | unknown_parameter",
        "'model':'m','idle_timeout_s':5                                | unknown_parameter",
        "'model':'m','model':'n'                                       | invalid_json",
        "'model':'m','\\u006dodel':'n'                                 | invalid_json",
        "'model':'m','instructions':7                                  | invalid_value",
        "'model':'m','store':true                                      | store_not_allowed",
        "'model':'m','store':'true'                                    | invalid_value",
        "'model':'m','store':1                                         | invalid_value",
        "'model':'m','audio':[]                                        | invalid_value",
        "'model':'m','audio':{'input':{}}                              | unknown_parameter",
        "'model':'m','audio':{'format':'pcm16'}                        | invalid_value",
        "'model':'m','audio':{'format':null}                           | invalid_value",
        "'model':'m','audio':{'format':{'type':'audio/pcm','rate':1}}  | invalid_value",
        "'model':'m','audio':{'format':{'type':'audio/pcm','rate':24000.0}} | invalid_value",
        "'model':'m','audio':{'format':{'type':'audio/PCM'}}           | invalid_value",
        "'model':'m','audio':{'format':{'type':'audio/pcmu','rate':24000}} | invalid_value",
        "'model':'m','audio':{'output':{'voice':{'id':'v','x':1}}}     | invalid_value",
        "'model':'m','audio':{'output':{'speed':2}}                    | unknown_parameter",
        "'model':'m','input':{}                                        | invalid_value",
        "'model':'m','input':[{'role':'system','content':[{'type':'text','text':'x'}]}] "
            + "| invalid_value",
        "'model':'m','input':[{'role':'user','content':'x'}]           | invalid_value",
        "'model':'m','input':[{'role':'user','content':[]}]            | invalid_value",
        "'model':'m','input':[{'type':'function_call','role':'user','content':[]}] "
            + "| invalid_value",
        "'model':'m','input':[{'role':'user','content':[{'type':'input_image','text':'x'}]}] "
            + "| invalid_value",
        "'model':'m','input':[{'role':'user','x':1,'content':[{'type':'text','text':'x'}]}] "
            + "| unknown_parameter",
        "'model':'m','delegation':'responses'                          | invalid_value",
        "'model':'m','delegation':{}                                   | invalid_value",
        "'model':'m','delegation':{'type':'Responses'}                 | invalid_value",
        "'model':'m','delegation':{'type':'client','responses':{}}     | unknown_parameter",
        "'model':'m','delegation':{'type':'responses'}                 | invalid_value",
        "'model':'m','delegation':{'type':'responses','responses':{}}  | invalid_value",
        "'model':'m','delegation':{'type':'responses','decisions':{}}  | unknown_parameter",
        "'model':'m','delegation':{'type':'decisions','decisions':{'questions':[]}} "
            + "| invalid_value",
        "'model':'m','triggers':{}                                     | invalid_value",
        "'model':'m','triggers':[{'type':'decisions','event_type':'session.input_transcript.delta',"
            + "'decisions':{'questions':[]}}] | invalid_value",
      })
  void opensNothingForAStartThatIsRefused(String fields, String code) {
    opensNothing(start(fields == null ? "" : fields), code);
  }

  private static void opensNothing(String start, String code) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      client.send(start);

      JsonNode error = json(client.readText());
      assertThat(error.at("/error/code").asString()).as(error.toString()).isEqualTo(code);
      if (!code.equals("invalid_json")) { // before an inspector sees it
        assertThat(error.at("/error/client_event_id").asString()).isEqualTo("c1");
        assertThat(client.readClose().closeCode()).isEqualTo(4000);
      }
      assertThat(upstream.isUntouched()).isTrue();
    }
  }

  /** What a backend is given: a second model, with tools that the upstream runs. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'tools':[{'type':'web_search'}]                               | tool_not_allowed",
        "'tools':[{'type':'mcp','server_url':'https://x.test'}]        | tool_not_allowed",
        "'tools':[{'type':'shell','environment':{'type':'local'}}]     | tool_not_allowed",
        "'tools':[{'type':'code_interpreter'}]                         | tool_not_allowed",
        "'tools':[{'type':'namespace','tools':[{'type':'mcp'}]}]       | tool_not_allowed",
        "'tools':[{'type':'shell_network'}]                            | tool_not_allowed",
        "'tools':[{'type':'Function','name':'f'}]                      | tool_not_allowed",
        "'tools':[{'name':'f'}]                                        | tool_not_allowed",
        "'tools':[{'type':'function','name':''}]                       | tool_not_allowed",
        "'tools':[{'type':'function','name':'f','tools':[]}]           | unknown_parameter",
        "'tools':[{'type':'function','name':'f','allowed_callers':[]}] | unknown_parameter",
        "'tools':['web_search']                                        | invalid_value",
        "'tools':{'type':'mcp'}                                        | invalid_value",
        "'tool_choice':{'type':'mcp'}                                  | tool_not_allowed",
        "'tool_choice':{'type':'allowed_tools','tools':[{'type':'mcp'}]} | tool_not_allowed",
        "'tool_choice':{'type':'function','name':'f','tools':[]}       | unknown_parameter",
        "'service_tier':'priority'                                     | invalid_value",
        "'service_tier':'Default'                                      | invalid_value",
        "'reasoning':{'effort':'most'}                                 | invalid_value",
        "'reasoning':{'generate_summary':'auto'}                       | unknown_parameter",
        "'text':{'format':{}}                                          | unknown_parameter",
        "'prompt':{'id':'p'}                                           | unknown_parameter",
        "'store':true                                                  | unknown_parameter",
        "'previous_response_id':'r'                                    | unknown_parameter",
        "'max_output_tokens':'inf'                                     | invalid_value",
        "'max_output_tokens':-1                                        | invalid_value",
        "'parallel_tool_calls':'no'                                    | invalid_value",
      })
  void refusesWhatABackendMayNotHaveAtTheStartAndLater(String fields, String code) {
    String responses = "{'type':'responses','responses':{%s}}";
    opensNothing(
        start("'model':'m','delegation':" + responses.formatted("'model':'b'," + fields)), code);
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        Talk talk =
            started(
                gateway,
                upstream,
                start("'model':'m','delegation':" + responses.formatted("'model':'b'")))) {
      String update =
          "{'type':'session.update','session':{'delegation':" + responses.formatted(fields) + "}}";
      sendsNothingOf(talk, update.replace('\'', '"'), code);
    }
  }

  /** Of a session that delegates to the client, which names no backend. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'session.start','session':{'model':'m'}}                  | invalid_event",
        "{'type':'session.update','session':{'model':'n'}}                 | unknown_parameter",
        "{'type':'session.update','session':{'instructions':'x'}}          | unknown_parameter",
        "{'type':'session.update','session':{'store':true}}                | unknown_parameter",
        "{'type':'session.update','session':{'audio':{}}}                  | unknown_parameter",
        "{'type':'session.update','session':{'safety_identifier':'x'}}     | unknown_parameter",
        "{'type':'session.update','session':{'delegation':null}}           | invalid_value",
        "{'type':'session.update','session':{'delegation':{'type':'responses','responses':"
            + "{'model':'m'}}}} | immutable_field_update",
        "{'type':'session.update','session':{'delegation':{}}}             | immutable_field_update",
        "{'type':'session.update','session':[]}                            | invalid_value",
        "{'type':'session.update','session':{},'session':{}}               | invalid_json",
        "{'type':'session.update','session':{},'delegation':{}}            | unknown_parameter",
        "{'type':'session.input_audio.append'}                             | invalid_value",
        "{'type':'session.input_audio.append','audio':7}                   | invalid_value",
        "{'type':'session.input_audio.append','audio':'','x':1}            | unknown_parameter",
        "{'type':'session.input_audio.append','audio':'','event_id':'e','session':{}} "
            + "| unknown_parameter",
        "{'type':'session.input_audio.append','audio':{'a':''}}            | unknown_parameter",
        "{'type':'session.input_audio.append','audio':'','audio':''}       | invalid_json",
        "{'type':'session.input_audio.append','audio':'','\\u0061udio':''} | invalid_event",
        "{'type':'session.commentary.append','content':'\\ud800','delegation_id':null} "
            + "| invalid_json",
        "{'type':'session.input_audio_buffer.append','audio':''}           | event_not_allowed",
        "{'type':'input_audio_buffer.append','audio':''}                   | event_not_allowed",
        "{'type':'conversation.item.create','item':{}}                     | event_not_allowed",
        "{'type':'response.cancel'}                                        | event_not_allowed",
        "{'type':'transport.dtmf.send','event':'1'}                        | event_not_allowed",
        "{'type':'Session.close'}                                          | event_not_allowed",
        "{'type':'session.closed'}                                         | event_not_allowed",
        "{'type':'session.close','session':{}}                             | unknown_parameter",
        "{'type':'response.create'}                                        | invalid_event",
        "{'type':'response.create','response':{'model':'m'}}               | unknown_parameter",
        "{'type':'response.item.create','item':{}}                         | invalid_event",
        "{'type':'decision.create','event_id':'d'}                         | invalid_event",
        "{'type':'decision.item.create','item':{}}                         | invalid_event",
        "{'type':'session.instructions.append','content':'x'}              | invalid_value",
        "{'type':'session.instructions.append','content':[],'delegation_id':null} "
            + "| invalid_value",
        "{'type':'session.thinking.append','content':'x','delegation_id':1} | invalid_value",
        "{'type':'session.commentary.append','content':'x','delegation_id':null,'role':'s'} "
            + "| unknown_parameter",
        "{'type':'session.output_audio.fixture.play'}                      | invalid_value",
        "{'type':'session.output_audio.fixture.play','audio':'','x':1}     | unknown_parameter",
      })
  void sendsTheUpstreamNothingThatIsNotOfTheSession(String event, String code) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        Talk talk = started(gateway, upstream, start())) {
      sendsNothingOf(talk, event.replace('\'', '"'), code);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'item_reference','id':'i'}                            | item_not_allowed",
        "{'type':'mcp_approval_response','approve':true}               | item_not_allowed",
        "{'type':'shell_call_output'}                                  | item_not_allowed",
        "{'type':'Message','role':'user','content':'x'}                | item_not_allowed",
        "{'role':'user','content':'x'}                                 | item_not_allowed",
        "[]                                                            | invalid_value",
        "{'type':'message','role':'System','content':'x'}              | invalid_value",
        "{'type':'message','role':'user','content':[{'type':'input_file','file_id':'f'}]} "
            + "| invalid_value",
        "{'type':'message','role':'user','content':[{'type':'input_image','file_id':'f'}]} "
            + "| unknown_parameter",
        "{'type':'message','role':'user','content':[{'type':'input_image',"
            + "'image_url':'https://x.test/a.png'}]} | image_url_not_allowed",
        "{'type':'function_call_output','call_id':'c','output':[{'type':'input_image',"
            + "'image_url':'http://169.254.169.254/'}]} | image_url_not_allowed",
        "{'type':'function_call_output','call_id':'c','output':'x','model':'m'} "
            + "| unknown_parameter",
      })
  void givesABackendNothingThatMayBeSomebodyElses(String item, String code) throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            policed(upstream, "default_tier: open\ntiers: {open: {}}").start();
        Talk talk =
            started(
                gateway,
                upstream,
                start("'model':'m','delegation':{'type':'responses','responses':{'model':'b'}}"))) {
      String event = "{\"type\":\"response.item.create\",\"item\":" + item + "}";
      sendsNothingOf(talk, event.replace('\'', '"'), code);
    }
  }

  @Test
  void namesTheRefusedEventAsTheApiDoes() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        Talk talk = started(gateway, upstream, start())) {
      talk.client.send("{\"type\":\"response.create\",\"event_id\":\"r7\"}");

      JsonNode error = talk.hearsError("invalid_event");
      assertThat(error.get("client_event_id").asString()).isEqualTo("r7");
      assertThat(error.has("event_id")).isFalse();
    }
  }

  @Test
  void passesWhatTheSessionIsFor() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        Talk talk =
            started(
                gateway,
                upstream,
                start(
                    "'model':'m','input':[{'role':'developer','content':[{'type':'input_text',"
                        + "'text':'x'}]}],'delegation':{'type':'responses','responses':{'model':'b',"
                        + "'instructions':'y','reasoning':{'effort':'low'},'tool_choice':'auto',"
                        + "'tools':[{'type':'function','name':'f','parameters':{}}]}}"))) {
      for (String event :
          new String[] {
            "{'type':'session.update','session':{'delegation':{'type':'responses','responses':"
                + "{'model':'c'}}}}",
            "{'type':'response.item.create','item':{'type':'function_call_output','call_id':'c',"
                + "'output':'{}'}}",
            "{'type':'response.item.create','item':{'type':'message','role':'user','content':"
                + "[{'type':'input_image','image_url':'data:image/png;base64,AA=='}]}}",
            "{'type':'response.create','event_id':'r'}",
            "{'type':'session.input_audio.append','event_id':'e','audio':'AAAA'}",
            "{'type':'session.input_audio.mute'}",
            "{'type':'session.input_audio.unmute'}",
            "{'type':'session.instructions.append','content':'x','delegation_id':null}",
            "{'type':'session.output_audio.fixture.play','audio':'AAAA'}",
          }) {
        String json = event.replace('\'', '"');
        talk.client.send(json);
        assertThat(talk.isSent()).isEqualTo(json(json));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"session.close\"}",
        "{\"type\":\"session.input_audio.append\",\"audio\":\"AAAA\"}",
        "{\"type\":\"session.update\",\"session\":{}}",
      })
  void takesNothingBeforeTheStart(String event) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      client.send(event);
      assertThat(client.readText()).contains("invalid_event");
      assertThat(upstream.isUntouched()).isTrue();

      client.send(start());
      assertThat(json(upstream.take().accept().readText()).at("/session/model").asString())
          .isEqualTo("gpt-live-1");
    }
  }

  @Test
  void takesNoBinaryStart() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      client.sendBinary(start().getBytes(StandardCharsets.UTF_8));

      assertThat(client.readText()).contains("invalid_event");
      assertThat(upstream.isUntouched()).isTrue();
    }
  }

  /** A second start in the same packet meets a session that is starting, not a second dialling. */
  @Test
  void takesOneStart() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      client.send(start());
      client.send(start("'model':'gpt-live-2'"));

      assertThat(client.readText()).contains("already started");
      TestUpstream.Connection opened = upstream.take().accept();
      assertThat(opened.readText()).contains("gpt-live-1");
      client.send(CLOSE);
      assertThat(opened.readText()).isEqualTo(CLOSE);
      assertThat(upstream.isUntouched()).isTrue();
    }
  }

  @Test
  void waitsForTheStartForTenSeconds() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      client.patience(Duration.ofSeconds(15));
      assertThat(client.readText()).contains("start_timeout");
      assertThat(client.readClose().closeCode()).isEqualTo(4008);
      assertThat(upstream.isUntouched()).isTrue();
    }
  }

  @Test
  void takesAStartOfBoundedSize() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient large = TestClient.connect(gateway.port(), PATH, bearer());
        TestClient tooLarge = TestClient.connect(gateway.port(), PATH, bearer())) {
      String text = "x".repeat(300_000); // parsed off the event loop
      large.send(start("'model':'m','instructions':'%s'".formatted(text)));
      assertThat(json(upstream.take().accept().readText()).at("/session/instructions").asString())
          .isEqualTo(text);

      tooLarge.send(start("'model':'m','instructions':'%s'".formatted(text + text)));
      assertThat(tooLarge.readText()).contains("message_too_large");
      assertThat(tooLarge.readClose().closeCode()).isEqualTo(1008);
      assertThat(upstream.isUntouched()).isTrue();
    }
  }

  /** Ten seconds at once, and then 1.2 for each second, by the format of the session. */
  @ParameterizedTest
  @CsvSource({"24000, 9000", "16000, 6000"})
  void takesSpeechAtLittleMoreThanRealTime(int rate, int millisOf24kHz) {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        Talk talk =
            started(
                gateway,
                upstream,
                start(
                    "'model':'m','audio':{'format':{'type':'audio/pcm','rate':%d}}"
                        .formatted(rate)))) {
      talk.client.send(append(millisOf24kHz));
      talk.isSent("session.input_audio.append");

      sendsNothingOf(talk, append(millisOf24kHz), "rate_limit_exceeded");
    }
  }

  @Test
  void namesTheUserToTheUpstreamAndNobodyElse() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      client.send(start("'model':'m','safety_identifier':'bob'"));

      TestUpstream.Connection opened = upstream.take().accept();
      assertThat(json(opened.readText()).at("/session/safety_identifier").asString())
          .hasSize(64)
          .isSubstringOf(opened.head());
    }
  }

  /** The gateway's own protocol opens the same session, and a new one after its end. */
  @Test
  void isConnectedByACommand() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), "/realtime").authenticate()) {
      client.send("{\"type\":\"connect_realtime\",\"api\":\"live\",\"model\":\"m\"}");
      assertThat(client.readText()).contains("invalid_model", "session.start");
      for (int i = 0; i < 2; i++) {
        client.send("{\"type\":\"connect_realtime\",\"api\":\"live\"}");
        client.send("{\"type\":\"connect_realtime\"}");
        assertThat(client.readText()).contains("already_connected");
        assertThat(upstream.isUntouched()).isTrue();
        client.send(start());
        Talk talk = new Talk(client, upstream.take().accept());
        talk.isSent("session.start");
        talk.passes(STARTED);
        talk.client.send(CLOSE);
        talk.isSent("session.close");
        talk.passes(closed(1));
        talk.upstream.sendClose(1000, "");
        talk.hears("realtime_disconnected");
      }
    }
  }

  /** What was judged at the start is not judged again, so no later token may change the rules. */
  @ParameterizedTest
  @CsvSource({
    "open, , auth_success",
    "open, gpt-live-2, renewal_refused",
    "hosted, , renewal_refused",
    "guarded, , renewal_refused",
  })
  void keepsTheRulesOfItsStart(String tier, String model, String answer) throws IOException {
    String yaml =
        """
        default_tier: open
        tiers:
          open: {limits: {idle_seconds: 60}}
          hosted: {hosted_tools: [mcp], limits: {idle_seconds: 60}}
          guarded: {guards: [{name: words, on: [user], patterns: [secret], action: log}]}
        """;
    Map<String, Object> renewed = new HashMap<>(Map.of("tier", tier));
    if (model != null) {
      renewed.put("models", List.of(model));
    }
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = policed(upstream, yaml).start();
        TestClient client =
            TestClient.connect(gateway.port(), "/realtime")
                .authenticate(
                    RunningGateway.token("ann", Map.of("donna", Map.of("tier", "open"))))) {
      client.send("{\"type\":\"connect_realtime\",\"api\":\"live\"}");
      client.send(start());
      Talk talk = new Talk(client, upstream.take().accept());
      talk.isSent("session.start");
      talk.passes(STARTED);

      client.send(
          "{\"type\":\"authenticate\",\"token\":\"%s\"}"
              .formatted(RunningGateway.token("ann", Map.of("donna", renewed))));
      assertThat(client.readText()).contains(answer);
      talk.client.send(CLOSE);
      talk.isSent("session.close");
      talk.passes(closed(1));
    }
  }

  @Test
  void endsIfTheUpstreamOpensAnotherTypeOfSession() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = serving(RunningGateway.behind(upstream)).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      client.send(start());
      upstream.take().accept().send("{\"type\":\"session.created\",\"session\":{}}");

      assertThat(client.readText()).contains("policy_not_applied");
    }
  }

  private RunningGateway.Builder policed(TestUpstream upstream, String yaml) throws IOException {
    return serving(RunningGateway.behind(upstream))
        .with("POLICY_FILE", Files.writeString(folder.resolve("policy.yaml"), yaml));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "open    | 'model':'gpt-live-1'                                        | ",
        "listed  | 'model':'gpt-live-1'                                        | ",
        "listed  | 'model':'talker'                                            | ",
        "listed  | 'model':'gpt-live-1.1'                                      | invalid_model",
        "listed  | 'model':'gpt-live-1','delegation':{'type':'responses',"
            + "'responses':{'model':'backend'}}                          | model_not_allowed",
        "listed  | 'model':'gpt-live-1','delegation':{'type':'decisions',"
            + "'decisions':{'model':'backend','questions':[]}}           | model_not_allowed",
        "backed  | 'model':'gpt-live-1','delegation':{'type':'responses',"
            + "'responses':{'model':'backend'}}                          | ",
        "backed  | 'model':'gpt-live-1','delegation':{'type':'responses',"
            + "'responses':{'model':'gpt-live-1'}}                       | model_not_allowed",
        "guarded | 'model':'gpt-live-1'                                        | api_not_allowed",
        "other   | 'model':'gpt-live-1'                                        | api_not_allowed",
      })
  void isOpenedByTheModelsAndTiersThatMay(String tier, String fields, String refusal)
      throws IOException {
    String yaml =
        """
        default_tier: open
        tiers:
          open: {}
          listed: {models: {allowed: [r1, gpt-live-1], default: r1, otherwise: rewrite}}
          backed:
            models: {allowed: [gpt-live-1], default: gpt-live-1}
            delegation_models: [backend]
          other: {apis: [realtime]}
          guarded: {guards: [{name: words, on: [user], patterns: [secret], action: log}]}
        """;
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            policed(upstream, yaml).with("MODEL_ALIASES", "talker=gpt-live-1").start();
        TestClient client =
            TestClient.connect(gateway.port(), PATH, bearer(Map.of("tier", tier)))) {
      client.send(start(fields));
      if (refusal == null) {
        assertThat(json(upstream.take().accept().readText()).at("/session/model").asString())
            .isEqualTo("gpt-live-1");
      } else {
        assertThat(client.readText()).contains(refusal);
        assertThat(client.readClose().closeCode()).isIn(4000, 1008);
        assertThat(upstream.isUntouched()).isTrue();
      }
    }
  }

  @Test
  void setsWhatTheTierLocks() throws IOException {
    String yaml =
        """
        default_tier: strict
        tiers:
          strict:
            session:
              locked: {instructions: Be kind., audio.output.voice: cedar, tool_choice: none}
              most: {max_output_tokens: 100}
            tools: [{name: f, description: Ours, parameters: {type: object}}]
        """;
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = policed(upstream, yaml).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      client.send(
          start(
              "'model':'m','instructions':'Be rude.','audio':{'output':{'voice':'ash'}},"
                  + "'delegation':{'type':'responses','responses':{'model':'b','instructions':'x',"
                  + "'max_output_tokens':200,'tool_choice':'auto','tools':[{'type':'function',"
                  + "'name':'f','description':'Obey me'}]}}"));
      Talk talk = new Talk(client, upstream.take().accept());
      JsonNode session = talk.isSent("session.start").get("session");
      assertThat(session.get("instructions").asString()).isEqualTo("Be kind.");
      assertThat(session.at("/audio/output/voice").asString()).isEqualTo("cedar");
      JsonNode responses = session.at("/delegation/responses");
      assertThat(responses.has("instructions")).isFalse();
      assertThat(responses.get("max_output_tokens").asInt()).isEqualTo(100);
      assertThat(responses.get("tool_choice").asString()).isEqualTo("none");
      assertThat(responses.at("/tools/0/description").asString()).isEqualTo("Ours");
      talk.passes(STARTED);

      client.send(
          "{\"type\":\"session.update\",\"session\":{\"delegation\":{\"type\":\"responses\","
              + "\"responses\":{\"instructions\":\"x\",\"tool_choice\":\"auto\","
              + "\"max_output_tokens\":null}}}}");
      assertThat(talk.isSent("session.update").at("/session/delegation/responses"))
          .isEqualTo(json("{\"tool_choice\":\"none\",\"max_output_tokens\":100}"));
    }
  }

  /** Fixed instructions: no other field, role or event says what they do not. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'session.instructions.append','content':'x','delegation_id':null} "
            + "| instructions_not_allowed",
        "{'type':'session.instructions.append','content':'x','delegation_id':'d'} "
            + "| instructions_not_allowed",
        "{'type':'session.thinking.append','content':'x','delegation_id':null} "
            + "| instructions_not_allowed",
        "{'type':'session.commentary.append','content':'x','delegation_id':null} "
            + "| instructions_not_allowed",
        "{'type':'response.item.create','item':{'type':'message','role':'developer',"
            + "'content':'x'}} | role_not_allowed",
        "{'type':'response.item.create','item':{'type':'message','role':'system',"
            + "'content':'x'}} | role_not_allowed",
      })
  void takesNoInstructionsBesideFixedOnes(String event, String code) throws IOException {
    String yaml =
        """
        default_tier: strict
        tiers:
          strict: {session: {locked: {instructions: Be kind.}}}
        """;
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = policed(upstream, yaml).start();
        TestClient history = TestClient.connect(gateway.port(), PATH, bearer())) {
      history.send(
          start(
              "'model':'m','input':[{'role':'developer','content':[{'type':'input_text',"
                  + "'text':'x'}]}]"));
      assertThat(history.readText()).contains("role_not_allowed");

      String start =
          start("'model':'m','delegation':{'type':'responses','responses':{'model':'b'}}");
      try (Talk talk = started(gateway, upstream, start)) {
        sendsNothingOf(talk, event.replace('\'', '"'), code);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'web_search'}                                               | ",
        "{'type':'mcp','server_label':'s','server_url':'https://x.test'}     | ",
        "{'type':'namespace','name':'n','tools':[{'type':'function','name':'f'}]} | ",
        "{'type':'namespace','name':'n','tools':[{'type':'computer'}]}       | tool_not_allowed",
        "{'type':'namespace','name':'n'}                                     | invalid_value",
        "{'type':'computer'}                                                 | tool_not_allowed",
        "{'type':'web_search','tools':[{'type':'computer'}]}                 | unknown_parameter",
        "{'type':'shell','environment':{'type':'local'}}                     | ",
        "{'type':'shell','environment':{'type':'container_auto','network_policy':"
            + "{'type':'disabled'}}} | ",
        "{'type':'shell'}                                                    | invalid_value",
        "{'type':'shell','environment':{'type':'container_auto'}}            | invalid_value",
        "{'type':'shell','environment':{'type':'container_auto','network_policy':"
            + "{'type':'allowlist','allowed_domains':['x.test']}}} | tool_not_allowed",
        "{'type':'shell','environment':{'type':'container_auto','network_policy':"
            + "{'type':'disabled','allowed_domains':['x.test']}}} | tool_not_allowed",
        "{'type':'shell','environment':{'type':'container_reference','container_id':'c'}} "
            + "| tool_not_allowed",
        "{'type':'shell','environment':{'type':'container_auto','file_ids':['f'],"
            + "'network_policy':{'type':'disabled'}}} | unknown_parameter",
      })
  void givesABackendTheToolsThatTheTierNames(String tool, String refusal) throws IOException {
    String yaml =
        """
        default_tier: hosted
        tiers:
          hosted: {hosted_tools: [web_search, mcp, shell, namespace], store: true}
        """;
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = policed(upstream, yaml).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      client.send(
          start(
              "'model':'m','store':true,'delegation':{'type':'responses','responses':{'model':'b',"
                  + "'tools':["
                  + tool
                  + "]}}"));
      if (refusal == null) {
        JsonNode session = json(upstream.take().accept().readText()).get("session");
        assertThat(session.get("store").asBoolean()).isTrue();
        assertThat(session.at("/delegation/responses/tools/0"))
            .isEqualTo(json(tool.replace('\'', '"')));
      } else {
        assertThat(client.readText()).contains(refusal);
        assertThat(upstream.isUntouched()).isTrue();
      }
    }
  }

  @Test
  void hidesTheInstructionsInEverySnapshot() throws IOException {
    String yaml =
        """
        default_tier: strict
        tiers:
          strict: {hide_instructions: true, session: {locked: {instructions: Be kind.}}}
        """;
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = policed(upstream, yaml).start();
        TestClient client = TestClient.connect(gateway.port(), PATH, bearer())) {
      client.send(start());
      TestUpstream.Connection opened = upstream.take().accept();
      for (String type : new String[] {"session.started", "session.updated", "session.closed"}) {
        opened.send(
            "{\"type\":\"%s\",\"session\":{\"instructions\":\"Be kind.\"}}".formatted(type));

        assertThat(client.readText()).contains(type).doesNotContain("kind");
      }
    }
  }
}
