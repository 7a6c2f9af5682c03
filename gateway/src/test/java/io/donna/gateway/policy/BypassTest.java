package io.donna.gateway.policy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TieredGateway;
import io.donna.gateway.kit.Tools;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Attempts to have the gateway read one thing and the upstream another. For each: what becomes of
 * it, and that the parsers upstreams use (Jackson, the simulator's; JavaScript's own) read it as
 * the gateway did.
 */
class BypassTest {
  private static final String TIER =
      """
      strict:
        models: {allowed: [gpt-realtime-2.1], default: gpt-realtime-2.1}
        events: [input_audio_buffer.append, session.update, response.create]
        tools: [look_up]
        session: {most: {max_output_tokens: 1000}}
      """;

  /** As lenient as an upstream may be: of two keys the last counts, as in JavaScript. */
  private static final JsonMapper JACKSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  /** What parsers make of a message that is no JSON, and of one that not all of them take. */
  private static final String NO_JSON = "no JSON";

  private static final String DISPUTED = "disputed";

  private enum Fate {
    PASSED,
    REFUSED
  }

  /**
   * One attempt.
   *
   * @param reads the type that parsers find in it
   */
  private record Attempt(String name, String message, Fate fate, String reads) {}

  private static Attempt passes(String name, String message, String reads) {
    return new Attempt(name, message.replace('\'', '"'), Fate.PASSED, reads);
  }

  private static Attempt refused(String name, String message, String reads) {
    return new Attempt(name, message.replace('\'', '"'), Fate.REFUSED, reads);
  }

  private static final String APPEND = "input_audio_buffer.append";
  private static final String UPDATE = "session.update";
  private static final String CREATE = "response.create";
  private static final String DELETE = "conversation.item.delete";
  private static final String MCP = "'tools':[{'type':'mcp','server_url':'https://a.example'}]";

  private static List<Attempt> attempts() {
    String speech = "AAAA".repeat(10 << 18);
    return List.of(
        passes("plain", "{'type':'" + APPEND + "','audio':'AAAA'}", APPEND),
        passes(
            "type last, after 10 MB", "{'audio':'" + speech + "','type':'" + APPEND + "'}", APPEND),
        refused(
            "forbidden type last, after 10 MB",
            "{'audio':'" + speech + "','type':'" + DELETE + "'}",
            DELETE),
        passes("type escaped", "{'type':'input_audio_buffer.\\u0061ppend','audio':'AAAA'}", APPEND),
        refused(
            "forbidden type escaped",
            "{'type':'conversation.item.\\u0064elete','item_id':'a'}",
            DELETE),
        passes(
            "look-alike in a string",
            "{'type':'" + APPEND + "','audio':'\\u0022,\\u0022type\\u0022:\\u0022session.update'}",
            APPEND),
        passes(
            "look-alike below",
            "{'type':'" + APPEND + "','audio':'AAAA','session':{'type':'" + UPDATE + "'}}",
            APPEND),
        refused("type below only", "{'event':{'type':'" + APPEND + "'}}", ""),
        refused(
            "type twice, allowed first",
            "{'type':'" + APPEND + "','audio':'','type':'" + DELETE + "'}",
            DELETE),
        refused(
            "type twice, allowed last",
            "{'type':'" + DELETE + "','audio':'','type':'" + APPEND + "'}",
            APPEND),
        refused(
            "type twice, once escaped",
            "{'type':'" + APPEND + "','audio':'','typ\\u0065':'" + DELETE + "'}",
            DELETE),
        refused("key escaped", "{'typ\\u0065':'" + APPEND + "','audio':''}", APPEND),
        refused(
            "key of another case",
            "{'type':'" + APPEND + "','audio':'','Type':'" + DELETE + "'}",
            APPEND),
        refused(
            "key that folds to another",
            "{'type':'" + UPDATE + "','session':{},'\u017fession':{" + MCP + "}}",
            UPDATE),
        refused(
            "key with a NUL",
            "{'type':'" + APPEND + "','audio':'','type\\u0000':'" + DELETE + "'}",
            APPEND),
        refused("type a number", "{'type':7}", "7"),
        refused("type a list", "{'type':['" + APPEND + "']}", ""),
        refused("no type", "{'audio':'AAAA'}", ""),
        refused("no such event", "{'type':'server.shutdown'}", "server.shutdown"),
        refused("event of the server", "{'type':'response.done'}", "response.done"),
        refused(
            "event of another case", "{'type':'Session.Update','session':{}}", "Session.Update"),
        refused("event with a space", "{'type':'session.update ','session':{}}", "session.update "),
        refused("a list", "[{'type':'" + APPEND + "','audio':''}]", ""),
        refused(
            "10,000 deep",
            "{'type':'"
                + APPEND
                + "','audio':'','a':"
                + "[".repeat(10_000)
                + "]".repeat(10_000)
                + "}",
            DISPUTED),
        refused(
            "two messages in one",
            "{'type':'" + APPEND + "','audio':''}{'type':'" + DELETE + "'}",
            NO_JSON),
        refused("something behind", "{'type':'" + APPEND + "','audio':''}\u0000", NO_JSON),
        refused("byte order mark", "\ufeff{'type':'" + APPEND + "','audio':''}", NO_JSON),
        refused("comment", "{'type':'" + APPEND + "',/*'audio':''*/'audio':''}", NO_JSON),
        refused("trailing comma", "{'type':'" + APPEND + "','audio':'',}", NO_JSON),
        refused("unquoted key", "{type:'" + APPEND + "','audio':''}", NO_JSON),
        refused("NaN", "{'type':'" + APPEND + "','audio':'','a':NaN}", NO_JSON),
        refused("leading zero", "{'type':'" + APPEND + "','audio':'','a':01}", NO_JSON),
        refused("control character", "{'type':'" + APPEND + "','audio':'\n'}", NO_JSON),
        refused("truncated", "{'type':'" + APPEND + "','audio':'AAAA'", NO_JSON),
        refused(
            "half a pair of surrogates", "{'type':'" + APPEND + "','audio':'\\ud83c'}", DISPUTED),
        refused("audio that is no string", "{'type':'" + APPEND + "','audio':{'a':1}}", APPEND),
        refused(
            "another model, late", "{'type':'" + UPDATE + "','session':{'model':'huge'}}", UPDATE),
        refused(
            "another model, for a response",
            "{'type':'" + CREATE + "','response':{'model':'huge'}}",
            CREATE),
        refused(
            "a tool in a response", "{'type':'" + CREATE + "','response':{" + MCP + "}}", CREATE),
        refused(
            "a tool, escaped",
            "{'type':'" + UPDATE + "','session':{'tool\\u0073':[{'type':'m\\u0063p'}]}}",
            UPDATE),
        refused(
            "tools twice", "{'type':'" + UPDATE + "','session':{'tools':[]," + MCP + "}}", UPDATE),
        refused(
            "tools of another case",
            "{'type':'" + UPDATE + "','session':{'tools':[],'TOOLS':[{'type':'mcp'}]}}",
            UPDATE),
        refused(
            "a tool of two types",
            "{'type':'"
                + UPDATE
                + "','session':{'tools':[{'type':'function','name':'look_up','type':'mcp'}]}}",
            UPDATE),
        refused(
            "number as a string",
            "{'type':'" + UPDATE + "','session':{'max_output_tokens':'4096'}}",
            UPDATE),
        refused(
            "a number of 1,001 digits",
            "{'type':'"
                + UPDATE
                + "','session':{'max_output_tokens':"
                + "9".repeat(1_001)
                + ","
                + MCP
                + "}}",
            DISPUTED),
        refused(
            "a number beyond any decimal",
            "{'type':'" + CREATE + "','response':{'max_output_tokens':1e99999999999," + MCP + "}}",
            DISPUTED),
        refused(
            "a number beyond a double",
            "{'type':'" + CREATE + "','response':{'max_output_tokens':1e400," + MCP + "}}",
            CREATE),
        refused(
            "a name of 60,000 letters",
            "{'type':'" + UPDATE + "','session':{'" + "a".repeat(60_000) + "':1," + MCP + "}}",
            DISPUTED),
        refused("session as a string", "{'type':'" + UPDATE + "','session':'{}'}", UPDATE),
        refused(
            "shapes of the beta",
            "{'type':'" + UPDATE + "','session':{'modalities':['text'],'voice':'echo'}}",
            UPDATE),
        refused(
            "beta and today's, mixed",
            "{'type':'"
                + UPDATE
                + "','session':{'type':'realtime','output_modalities':['text'],'temperature':2}}",
            UPDATE));
  }

  @TempDir private static Path folder;

  private static TieredGateway gateway;

  @BeforeAll
  static void start() {
    gateway = new TieredGateway(folder, TIER);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  /** What the tier sets every session to comes before all else. */
  private static Talk talk() {
    Talk talk = gateway.talk("strict", "gpt-realtime-2.1");
    assertThat(talk.upstream.readText()).contains("\"max_output_tokens\":1000");
    return talk;
  }

  @Test
  void readsAsTheUpstreamReadsOrRefuses() {
    List<Attempt> all = attempts();
    // A few a client: one that is refused again and again is closed, and so many responses are in
    // flight at once.
    for (int from = 0; from < all.size(); from += 10) {
      try (Talk talk = talk()) {
        for (Attempt attempt : all.subList(from, Math.min(all.size(), from + 10))) {
          talk.client.send(attempt.message());
          if (attempt.fate() == Fate.PASSED) {
            assertThat(talk.upstream.readText()).as(attempt.name()).isEqualTo(attempt.message());
          } else {
            assertThat(talk.client.readText()).as(attempt.name()).contains("gateway_error");
          }
        }
        talk.client.send("{\"type\":\"response.create\",\"event_id\":\"last\"}");
        assertThat(talk.upstream.readText()).contains("last"); // and nothing before it
      }
    }
  }

  @Test
  void refusesAForbiddenEventInPiecesThatSplitItsKeys() {
    byte[] allowed = ("{\"type\":\"" + CREATE + "\"}").getBytes(UTF_8);
    byte[] forbidden = ("{\"type\":\"" + DELETE + "\",\"item_id\":\"a\"}").getBytes(UTF_8);
    try (Talk talk = talk()) {
      for (int size : new int[] {1, 2, 3, 5, 11}) {
        sendInPieces(talk.client, forbidden, size);
        assertThat(talk.client.readText()).contains("event_not_allowed");
        sendInPieces(talk.client, allowed, size);
        for (int at = 0; at < allowed.length; at += size) {
          assertThat(talk.upstream.read().payload().length).isLessThanOrEqualTo(size);
        }
      }
    }
  }

  private static void sendInPieces(TestClient client, byte[] message, int size) {
    for (int at = 0; at < message.length; at += size) {
      int end = Math.min(message.length, at + size);
      int first = (at == 0 ? 1 : 0) | (end == message.length ? 0x80 : 0);
      client.send(first, Arrays.copyOfRange(message, at, end));
    }
  }

  @Test
  void refusesBinaryWhateverItSays() {
    try (Talk talk = talk()) {
      talk.client.sendBinary(("{\"type\":\"" + CREATE + "\"}").getBytes(UTF_8));
      talk.client.send("{\"type\":\"" + CREATE + "\",\"event_id\":\"next\"}");

      assertThat(talk.client.readText()).contains("binary frames are not supported");
      assertThat(talk.upstream.readText()).contains("next");
    }
  }

  @Test
  void parsersReadEachAsTheTableSays() {
    for (Attempt attempt : attempts()) {
      if (!attempt.reads().equals(DISPUTED)) {
        assertThat(jackson(attempt.message())).as(attempt.name()).isEqualTo(attempt.reads());
      }
    }
  }

  private static String jackson(String message) {
    try {
      JsonNode type = JACKSON.readTree(message).path("type");
      return type.isString() || type.isNumber() ? type.asString() : "";
    } catch (JacksonException malformed) {
      return NO_JSON;
    }
  }

  @Test
  void javaScriptReadsEachAsTheTableSays() {
    Tools.need("node");
    List<Attempt> settled =
        attempts().stream().filter(attempt -> !attempt.reads().equals(DISPUTED)).toList();
    String input =
        settled.stream()
            .map(attempt -> Base64.getEncoder().encodeToString(attempt.message().getBytes(UTF_8)))
            .collect(Collectors.joining("\n"));
    String script =
        """
        const lines = require('fs').readFileSync(0, 'utf8').split('\\n');
        for (const line of lines) {
          let type;
          try {
            type = JSON.parse(Buffer.from(line, 'base64').toString('utf8')).type;
            type = typeof type === 'string' || typeof type === 'number' ? String(type) : '';
          } catch {
            type = 'no JSON';
          }
          console.log('[' + type + ']');
        }
        """;

    Tools.Run run = Tools.run(folder, input, "node", "-e", script);

    assertThat(run.output().lines())
        .containsExactlyElementsOf(
            settled.stream().map(attempt -> "[" + attempt.reads() + "]").toList());
  }
}
