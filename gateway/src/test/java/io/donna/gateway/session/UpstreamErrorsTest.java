package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.CapturedLog;
import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An upstream that says what no client may hear: a key, an organisation, an account's state. */
class UpstreamErrorsTest {
  private static final String KEY = "sk-proj-Zq81bCdEfGhIjKlMnOpabcd";
  private static TestUpstream upstream;
  private static RunningGateway gateway;

  @BeforeAll
  static void start() {
    upstream = TestUpstream.start();
    gateway = RunningGateway.behind(upstream).with("OPENAI_API_KEY", KEY).start();
  }

  @AfterAll
  static void stop() {
    gateway.close();
    upstream.close();
  }

  private static Talk talk(String... headers) {
    TestClient client =
        headers.length == 0
            ? gateway.connectDropInAs("u")
            : gateway.connectDropIn(RunningGateway.bearer("u"), headers[0]);
    return new Talk(client, upstream.take().accept());
  }

  private static void expectNothingOfTheAccount(String text) {
    assertThat(text)
        .doesNotContain(KEY)
        .doesNotContain("abcd")
        .doesNotContain("sk-")
        .doesNotContain("org-")
        .doesNotContain("invalid_api_key")
        .doesNotContain("insufficient_quota")
        .doesNotContainIgnoringCase("billing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          invalid_request_error | invalid_api_key | Incorrect API key provided: KEY. You can find yours at https://x.
          invalid_request_error | invalid_api_key | Incorrect API key provided: sk-proj-****abcd.
          invalid_request_error | account_deactivated | The account of org-AbCdEf123 is off.
          insufficient_quota | insufficient_quota | You exceeded your current quota, check your plan and billing details.
          invalid_request_error | billing_not_active | Your account is not active, org-AbCdEf123.
          invalid_request_error | billing_hard_limit_reached | Limit
          invalid_request_error | invalid_organization | No such organization: org-AbCdEf123.
          ~~ | 401 | Incorrect API key provided: sk-...abcd
          error | ~~ | Incorrect API key provided: sk-...abcd
          authentication_error | x | no
          """)
  void anErrorAboutTheAccountReachesTheClientInTheGatewaysWords(
      String type, String code, String message) {
    try (CapturedLog log = new CapturedLog();
        Talk talk = talk()) {
      talk.upstream.send(
          "{\"type\":\"error\",\"event_id\":\"e1\",\"error\":{\"type\":\"%s\",\"code\":\"%s\",\"message\":\"%s\",\"event_id\":\"mine\"}}"
              .formatted(type, code, message.replace("KEY", KEY)));
      String text = talk.client.readText();

      assertThat(text)
          .contains(
              "\"event_id\":\"e1\"", "\"code\":\"upstream_refused\"", "\"event_id\":\"mine\"");
      expectNothingOfTheAccount(text);
      assertThat(log.lines())
          .anyMatch(line -> line.contains("rejected the gateway's credentials"))
          .noneMatch(line -> line.contains("abcd") || line.contains("org-"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"error\",\"error\":{\"type\":\"server_error\",\"code\":\"x\",\"message\":\"with"
            + " KEY\"}}",
        "{\"type\":\"error\",\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"Rate limit"
            + " of org-AbCdEf123\"}}",
        "{\"type\":\"error\",\"error\":{\"code\":\"x\",\"message\":\"\\u0073k-proj-****abcd\"}}",
        "{\"type\":\"\\u0065rror\",\"error\":{\"code\":\"x\",\"nested\":[{\"a\":[\"KEY\"]}]}}",
        "{\"type\":\"error\",\"error\":\"KEY\"}",
        "{\"type\":\"error\",\"error\":{\"message\":\"KEY\",\"message\":\"KEY\"}}",
        "{\"type\":\"error\",\"error\":{\"message\":\"KEY\"}",
        "Incorrect API key provided: KEY",
        "{\"type\":\"response.done\",\"response\":{\"status\":\"failed\",\"status_details\":{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"org-AbCdEf123\"}}}}",
        "{\"type\":\"conversation.item.input_audio_transcription.failed\",\"item_id\":\"i\",\"error\":{\"code\":\"invalid_api_key\",\"message\":\"KEY\"}}",
      })
  void noErrorQuotesTheKeyOrAnOrganisation(String error) {
    try (Talk talk = talk()) {
      talk.upstream.send(error.replace("KEY", KEY));

      expectNothingOfTheAccount(talk.client.readText());
    }
  }

  /** However much was said before the response failed, and whatever shape its error has. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"code\":\"x\",\"message\":\"KEY\"}",
        "{\"code\":\"insufficient_quota\",\"message\":\"org-AbCdEf123\"}",
        "\"KEY\"",
        "\"billing of org-AbCdEf123\"",
        "[{\"message\":\"KEY\"}]",
        "{\"message\":\"LONG KEY\"}",
      })
  void noFailedResponseQuotesTheKeyHoweverLongItIs(String error) {
    String said = "our org-wide-plan-2027 ".repeat(1_000);
    try (Talk talk = talk()) {
      talk.upstream.send(
          "{\"type\":\"response.done\",\"response\":{\"status\":\"failed\",\"output\":[\"%s\"],\"status_details\":{\"error\":%s}}}"
              .formatted(said, error.replace("LONG", "x".repeat(20_000)).replace("KEY", KEY)));

      String text = talk.client.readText();
      assertThat(text).contains(said);
      expectNothingOfTheAccount(text.replace(said, ""));
    }
  }

  /** Faults that other parsers forgive, shapes that errors do not have, a key spelt otherwise. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'error','error':{'code':'x','message':'ESCAPED'},'Extra':1}",
        "{'type':'error','error':{'code':'x','message':'ESCAPED'},'error':{'code':'x'}}",
        "{'type':'error','error':{'code':'x','message':'ESCAPED \\ud800'}}",
        "{'type':'error','error':{'code':'invalid_api_key','message':'ESCAPED'},'Extra':1}",
        "{'type':'error','error':{'code':'x','message':'ESCAPED'}",
        "{'error':{'code':'x','message':'ESCAPED'}}",
        "{'error':{'code':'insufficient_quota'}}",
        "{'Type':'error','error':{'code':'x','message':'ESCAPED'},'pad':'LONG'}",
        "{'type':'error','error':{'code':'x','KEY':'m'}}",
        "{'type':'error','error':{'code':'x','message':{'org-AbCdEf123456':1}}}",
        "{'type':'error','error':{'insufficient_quota':{}}}",
        "{'type':'error','error':{'message':['insufficient_quota, see billing']}}",
        "{'type':'error','error':{'code':null,'message':'insufficient_quota'}}",
        "{'type':'error','error':{'code':429,'message':'insufficient_quota'}}",
        "{'type':'error','message':'insufficient_quota'}",
        "{'type':'error','error':[{'code':'insufficient_quota','message':'billing'}]}",
        "{'type':'error','error':[['see billing']]}",
        "{'type':'error','code':'insufficient_quota','message':'billing'}",
        "{'type':'error','error':{'code':'x','message':'sk-\\u200bproj-Zq81bCdEfGhIjKlMnOpabcd'}}",
        "{'type':'error','error':{'code':'x','message':'SK-PROJ-ZQ81BCDEFGHIJKLMNOPABCD'}}",
        "{'type':'error','error':{'code':'x','message':'k=/org-AbCdEf123456 /proj_AbCdEf123456'}}",
        "{'type':'error','error':{'code':'x','message':'LONG KEY'}}",
        "{'type':'session.created','session':{'id':'s'},'error':{'message':'KEY'}}",
        "{'type':'session.created','session':{'id':'s'},'error':{'message':'KEY'},'error':1}",
        "{'type':'vendor.event','error':{'code':'insufficient_quota','message':'KEY'}}",
      })
  void noShapeOfAnErrorQuotesTheKeyOrTheAccount(String error) {
    try (CapturedLog log = new CapturedLog();
        Talk talk = talk()) {
      talk.upstream.send(spelt(error));

      expectNothingOfTheAccountDecoded(talk.client.readText());
      assertThat(log.lines())
          .noneMatch(line -> JsonEscapes.resolve(line).matches(".*(abcd|org-|proj_).*"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'response':{'status':'failed','status_details':'KEY'}}",
        "'response':{'status':'failed','status_details':[{'error':{'code':'invalid_api_key','message':'KEY'}}]}}",
        "'response':{'status':'failed','error':{'code':'invalid_api_key','message':'KEY'}}}",
        "'response':{'status':'failed'},'error':{'code':'invalid_api_key','message':'KEY'}}",
        "'response':{'status':'failed'},'code':'invalid_api_key','message':'KEY'}",
        "'response':['KEY']}",
        "'response':{'status':'failed','status_details':{'KEY':1}}}",
        "'response':{'status':'failed','status_details':{'error':FAILED}},'Extra':1}",
        "'response':{'status':'failed','status_details':{'error':{'code':'x','message':'ESCAPED'}}},'Extra':1}",
        "'response':{'status':'failed','status_details':{'error':{'code':'x','message':'ESCAPED'}}},'response':{'status':'failed','status_details':{'error':FAILED}}}",
        "'response':{'status':'failed','status_details':{'error':{'message':'ESCAPED'},'error':1}}}",
        "'response':{'status':'failed','status_details':{'error':FAILED}}",
        "'response':{'status':'failed','status_details':{'error':FAILED}}} x",
        "'response':{'status':'failed','status_details':{'error':FAILED},'pad':'LONG'}} x",
      })
  void noShapeOfAFailedResponseQuotesTheKeyAndItStillEnds(String rest) {
    try (Talk talk = talk()) {
      talk.upstream.send(
          spelt(
              "{'type':'response.done',"
                  + rest.replace("FAILED", "{'code':'invalid_api_key','message':'KEY'}")));

      String text = talk.client.readText();
      assertThat(Talk.json(text).get("type").asString()).isEqualTo("response.done");
      expectNothingOfTheAccountDecoded(text);
    }
  }

  private static String spelt(String event) {
    return event
        .replace('\'', '"')
        .replace("LONG", "x".repeat(20_000))
        .replace("ESCAPED", "\\u0073" + KEY.substring(1))
        .replace("KEY", KEY);
  }

  private static void expectNothingOfTheAccountDecoded(String text) {
    assertThat(JsonEscapes.resolve(text))
        .doesNotContainIgnoringCase(KEY.substring(8))
        .doesNotContain("org-", "proj_", "invalid_api_key", "insufficient_quota", "billing");
  }

  /** 950 strings of 16 kB, each short enough to be searched alone, would take 1.8 s. */
  @Test
  void ofALongErrorNoMoreIsSearchedThanASentenceHas() {
    String more = ("\"" + "a b ".repeat(4_000) + "\",").repeat(950);
    String error = "{\"code\":\"x\",\"message\":\"m\",\"more\":[" + more + "1]}";
    try (Talk talk = talk()) {
      talk.upstream.send(
          "{\"type\":\"response.done\",\"response\":{\"id\":\"r\",\"status\":\"failed\",\"status_details\":{\"error\":%s}}}"
              .formatted(error));

      assertThat(talk.client.readText())
          .contains("\"id\":\"r\"", "cannot be shown")
          .hasSizeLessThan(1_000);
    }
  }

  @Test
  void noErrorQuotesTheKeyToAClientOfTheBetaEither() {
    try (Talk talk = talk("OpenAI-Beta: realtime=v1")) {
      talk.upstream.send(
          "{\"type\":\"error\",\"error\":{\"code\":\"invalid_api_key\",\"message\":\""
              + KEY
              + "\"}}");

      expectNothingOfTheAccount(talk.client.readText());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"code\":\"invalid_value\",\"message\":\"Wait..."
            + " what?\"}}",
        "{\"type\":\"error\",\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"Rate limit"
            + " reached\"}}",
        "{\"type\":\"response.done\",\"response\":{\"status\":\"failed\",\"status_details\":{\"error\":{\"code\":\"server_error\"}}}}",
        "{\"type\":\"response.done\" , \"response\":{\"status\":\"completed\"}}",
        "{\"type\":\"error\"}",
        "{\"type\":\"error\",\"error\":{\"code\":\"unknown_parameter\",\"message\":\"Unknown"
            + " parameter: 'metadata.billing'\",\"param\":\"metadata.billing\",\"event_id\":\"insufficient_quota\"}}",
        "{\"type\":\"session.created\",\"session\":{\"instructions\":\"billing of"
            + " org-AbCdEf123456\"},\"error\":null}",
        "{\"type\":\"response.done\",\"response\":{\"status\":\"completed\",\"output\":[\"invalid_api_key"
            + " org-AbCdEf123456\"],\"status_details\":null},\"Extra\":1}",
        "{\"type\":\"response.done\",\"response\":{\"status\":\"failed\",\"output\":[\"our"
            + " org-wide-plan-2027\"]}}",
        "{\"type\":\"x\",\"text\":\"our organization\",\"type\":\"x\"}",
        "not json"
      })
  void everyOtherErrorPassesByteForByte(String error) {
    try (Talk talk = talk()) {
      talk.passes(error);
    }
  }

  /** The alarm is the operator's: a client must not ring it by a word that an error quotes. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'error','error':{'type':'invalid_request_error','code':'invalid_value','message':'Invalid value: insufficient_quota.'}}",
        "{'type':'error','error':{'type':'invalid_request_error','code':null,'message':'Not a voice: invalid_api_key'}}",
        "{'type':'error','error':{'code':'invalid_value','message':'api key','details':[{'code':'insufficient_quota'}]}}",
        "{'type':'error','error':{'code':'invalid_value','input':{'type':'billing','error':{'code':'invalid_api_key'}}}}",
        "{'type':'error','error':{'code':'invalid_value','input':{'insufficient_quota':1}}}",
        "{'type':'error','code':'invalid_value','message':'insufficient_quota'}",
        "{'type':'response.done','response':{'status':'failed','status_details':{'type':'failed','error':{'code':'invalid_value','message':'insufficient_quota'}}}}",
        "{'type':'response.done','response':{'status':'failed'},'code':'invalid_value','message':'insufficient_quota'}",
        "{'type':'conversation.item.input_audio_transcription.failed','error':{'code':'invalid_value','message':'insufficient_quota'}}",
      })
  void aValueOfTheClientsThatAnErrorQuotesIsNoAccountState(String error) {
    try (CapturedLog log = new CapturedLog();
        Talk talk = talk()) {
      talk.passes(error.replace('\'', '"'));

      assertThat(log.lines()).noneMatch(line -> line.contains("rejected the gateway's"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "3000, invalid_request_error.invalid_api_key, upstream_refused",
    "4000, insufficient_quota.insufficient_quota, upstream_refused",
    "4000, Incorrect key sk-proj-****abcd, Incorrect key [redacted]",
    "1011, KEY, [redacted]",
    "1011, of TAIL, of [redacted]",
    "1011, k=HEAD, k=[redacted]",
    "4001, a/org-AbCdEf123456 no, a/[redacted] no",
    "1008, organization org-AbCdEf123 is off, upstream_refused",
    "4000, invalid_request_error.invalid_model, invalid_request_error.invalid_model",
    "1001, Your session hit the maximum duration of 60 minutes., Your session hit the maximum"
        + " duration of 60 minutes."
  })
  void aCloseReasonKeepsItsCodeAndSaysNothingOfTheAccount(int code, String reason, String heard) {
    // An SDK's user would look for what is wrong with the token.
    int toClient = heard.equals("upstream_refused") ? 1011 : code;
    try (Talk talk = talk()) {
      talk.upstream.sendClose(
          code,
          reason
              .replace("KEY", KEY)
              .replace("TAIL", KEY.substring(3))
              .replace("HEAD", KEY.substring(0, 25)));
      Frame close = talk.client.readClose();

      assertThat(close.closeCode()).isEqualTo(toClient);
      assertThat(close.closeReason()).isEqualTo(heard);
      talk.client.sendClose(toClient, "");
    }
    gateway.awaitLog("\"code\":" + toClient + ",\"reason\":\"" + heard);
    // Only the reason: a session's id may have any letters.
    assertThat(gateway.log()).noneMatch(line -> line.matches(".*\"reason\":\"[^\"]*abcd.*"));
  }

  @Test
  void aKeyThatAFileRenewedIsCutToo(@TempDir Path folder) throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "entra-token-of-the-gateway-wxyz");
    try (RunningGateway azure =
            RunningGateway.with("UPSTREAM", "azure")
                .with("AZURE_OPENAI_ENDPOINT", "ws://127.0.0.1:" + upstream.port())
                .with("AZURE_OPENAI_TOKEN_FILE", token)
                .start();
        Talk talk = new Talk(azure.connectDropInAs("u"), upstream.take().accept())) {
      talk.upstream.send(
          "{\"type\":\"error\",\"error\":{\"message\":\"entra-token-of-the-gateway-wxyz\"}}");

      assertThat(talk.client.readText()).contains("[redacted]").doesNotContain("wxyz");
    }
  }
}
