package io.donna.gateway.guard;

import static io.donna.gateway.guard.GuardedHouse.guard;
import static io.donna.gateway.guard.GuardedTalk.event;
import static io.donna.gateway.kit.Talk.json;
import static io.donna.gateway.kit.Webhook.verdict;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.Webhook;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Nothing that the user says is answered before it is judged, whoever asks for an answer. */
class UserGuardTest {
  private static final String CREATE = event("{'type':'response.create','event_id':'mine'}");

  private static final Webhook WEBHOOK = Webhook.start();

  @TempDir private static Path folder;

  private static GuardedHouse house;

  private static Map<String, String> tiers() {
    Map<String, String> tiers = new HashMap<>();
    String words = "on: [user], patterns: [forbidden, '\\d{16}'], action: ";
    for (String action : List.of("cancel", "end", "log")) {
      tiers.put(action, guard(words + action));
    }
    tiers.put("answer", guard(words + "answer, answer: No comment."));
    tiers.put(
        "both",
        guard(words + "answer, answer: No comment.")
            + "\n  - {name: said, on: [assistant], patterns: [secret], hold_back: true,"
            + " action: cancel}");
    tiers.put("cancel-open", guard(words + "cancel, on_failure: open"));
    String asked = "on: [user], webhook: \"" + WEBHOOK.uri() + "\", action: cancel, ";
    for (String mode : List.of("open", "closed")) {
      tiers.put("asked-" + mode, guard(asked + "on_failure: " + mode + ", timeout_ms: 30000"));
      tiers.put("asked-late-" + mode, guard(asked + "on_failure: " + mode + ", timeout_ms: 50"));
    }
    tiers.put(
        "logged",
        guard(words + "cancel")
            + "\n  - {name: said, on: [assistant], patterns: [x], action: log}");
    tiers.put(
        "own-words",
        "session: {defaults: {audio.output.voice: forbidden}}\n"
            + guard("on: [user], patterns: [say forbidden], action: cancel"));
    tiers.put(
        "instructions",
        "prompts: true\nsession: {defaults: {instructions: Nothing forbidden.}}\n"
            + guard("on: [instructions], patterns: [forbidden, '\\d{16}'], action: cancel"));
    return tiers;
  }

  @BeforeAll
  static void open() {
    house = new GuardedHouse(folder, tiers());
  }

  @AfterAll
  static void close() {
    house.close();
    WEBHOOK.close();
  }

  @BeforeEach
  void judgeByTheWord() {
    WEBHOOK.release();
    WEBHOOK.judging(body -> verdict(body.contains("forbidden") ? "match" : "allow"));
  }

  /** What {@link #CREATE} asks for is asked for, by an id that no client has chosen. */
  private static void isAskedFor(GuardedTalk talk) {
    JsonNode create = talk.isSent("response.create");
    assertThat(create.propertyNames()).containsExactlyInAnyOrder("type", "event_id");
    assertThat(create.get("event_id").asString()).startsWith("event_").isNotEqualTo("mine");
  }

  private static GuardedTalk talk(String tier) {
    return house.talk(tier).setUp();
  }

  private static String item(String text) {
    return event(
        "{'type':'conversation.item.create','event_id':'item','item':{'type':'message',"
            + "'role':'user','content':[{'type':'input_text','text':'%s'}]}}",
        text);
  }

  @Test
  void answersATurnOnceItsTranscriptIsJudged() {
    try (GuardedTalk talk = talk("cancel")) {
      talk.speaks("i1");
      talk.isSentNothing();

      talk.writesDown("i1", "hello");

      talk.isSent("response.create");
      talk.hearsNothing();
    }
  }

  @Test
  void cancelsATurnThatMatchesAndTellsItOnce() {
    try (GuardedTalk talk = talk("cancel")) {
      talk.speaks("i1");
      talk.writesDown("i1", "something forbidden");

      assertThat(talk.isSent("conversation.item.delete").get("item_id").asString()).isEqualTo("i1");
      assertThat(talk.hearsError("guard_matched").get("event_id").isNull()).isTrue();
      talk.isSentNothing();
      talk.passes(event("{'type':'conversation.item.deleted','item_id':'i1'}"));
      talk.isLogged("WS_GUARD_MATCHED");
      assertThat(talk.logged().filter(line -> line.contains("GUARD")).toList())
          .singleElement()
          .asString()
          .endsWith(
              "WS_GUARD_MATCHED: {\"ip\":\"127.0.0.xxx\",\"userId\":\""
                  + talk.user
                  + "\",\"guard\":\"words\",\"on\":\"user\",\"action\":\"cancel\"}");
      assertThat(talk.gateway.log()).noneMatch(line -> line.contains("forbidden"));

      talk.speaks("i2");
      talk.writesDown("i2", "hello");
      talk.isSent("response.create");
    }
  }

  @Test
  void answersATurnThatMatchesWithASentence() {
    try (GuardedTalk talk = talk("answer")) {
      talk.speaks("i1");
      talk.writesDown("i1", "something forbidden");

      talk.isSent("conversation.item.delete");
      JsonNode asked = talk.isSent("response.create");
      JsonNode response = asked.get("response");
      assertThat(response.get("instructions").asString()).endsWith(": No comment.");
      assertThat(response.get("input")).isEmpty();
      assertThat(response.get("tools")).isEmpty();
      assertThat(response.get("tool_choice").asString()).isEqualTo("none");
      String metadata = response.get("metadata").toString();
      assertThat(metadata).doesNotContain(asked.get("event_id").asString());
      for (String type : List.of("response.created", "response.done")) {
        talk.upstream.send(
            GuardedTalk.created("r1")
                .replace("response.created", type)
                .replace("\"metadata\":null", "\"metadata\":" + metadata));
        assertThat(talk.hears(type).at("/response/metadata").isNull()).isTrue();
      }
      talk.speaks("i2");
      talk.writesDown("i2", "hello");
      assertThat(talk.isSent("response.create").has("response")).isFalse();
    }
  }

  @Test
  void takesNoOtherAnswerForItsSentence() {
    try (GuardedTalk talk = talk("both")) {
      talk.client.send(
          event(
              "{'type':'response.create','response':{'conversation':'none',"
                  + "'metadata':{'donna_answer':'mine'}}}"));
      talk.isSent("response.create");
      talk.client.send(item("forbidden"));
      talk.client.send(CREATE);
      talk.hearsError("guard_matched");
      talk.isSent("response.create");

      talk.upstream.send(
          GuardedTalk.created("r1")
              .replace("\"metadata\":null", "\"metadata\":{\"donna_answer\":\"mine\"}"));
      talk.hears("response.created");
      talk.upstream.send(GuardedTalk.transcript("r1", "a1", "The secret is."));
      talk.upstream.send(GuardedTalk.done("r1", "completed"));

      talk.hearsError("guard_matched");
    }
  }

  @Test
  void endsTheSession() {
    try (GuardedTalk talk = talk("end")) {
      talk.speaks("i1");
      talk.writesDown("i1", "forbidden");

      talk.hearsError("guard_matched");
      assertThat(talk.client.readClose().closeCode()).isEqualTo(1008);
    }
  }

  @Test
  void onlyLogsWithoutDelay() {
    try (GuardedTalk talk = talk("log")) {
      talk.client.send(item("forbidden"));
      talk.isSent("conversation.item.create");
      talk.client.send(CREATE);
      talk.isSent("response.create");
      talk.isLogged("WS_GUARD_MATCHED");
      talk.hearsNothing();
    }
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      textBlock =
          """
          open,   failed,    `'error':{}`
          closed, failed,    `'error':{}`
          open,   completed, `'content_index':0`
          closed, completed, `'content_index':0`
          closed, completed, `'transcript':null`
          closed, completed, `'transcript':['forbidden']`
          """)
  void doesAsItIsToldWhereSpeechIsNotWrittenDown(String mode, String end, String said) {
    try (GuardedTalk talk = talk(mode.equals("open") ? "cancel-open" : "cancel")) {
      talk.speaks("i1");
      talk.upstream.send(
          event(
              "{'type':'conversation.item.input_audio_transcription.%s','item_id':'i1',%s}",
              end, said));

      if (mode.equals("open")) {
        talk.isSent("response.create");
      } else {
        talk.isSent("conversation.item.delete");
        talk.hearsError("guard_failed");
        talk.isSentNothing();
      }
      talk.isLogged("\"passed\":" + mode.equals("open"));
    }
  }

  /** The upstream might read it all the same, and nobody would wait for what comes of it. */
  @Test
  void refusesACommitThatItCannotRead() {
    try (GuardedTalk talk = talk("cancel")) {
      talk.client.send(
          event("{'type':'input_audio_buffer.commit','event_id':'mine','more':{'a':1,'a':2}}"));

      assertThat(talk.hearsError("invalid_json").get("event_id").asString()).isEqualTo("mine");
      talk.isSentNothing();
    }
  }

  @Test
  void answersSilence() {
    try (GuardedTalk talk = talk("cancel")) {
      talk.speaks("i1");
      talk.writesDown("i1", "");

      talk.isSent("response.create");
    }
  }

  @Test
  void keepsToItselfThatSpeechIsWrittenDown() {
    try (GuardedTalk talk = talk("end")) {
      talk.speaks("i1");
      talk.writesDown("i1", "hello");
      talk.isSent("response.create");
      talk.hearsNothing();

      talk.client.send(update("null"));
      assertThat(GuardedTalk.transcriptionOf(talk.isSent("session.update")))
          .isEqualTo(json("{\"model\":\"gpt-4o-mini-transcribe\"}"));
      talk.upstream.send(GuardedTalk.session("session.updated", "{\"model\":\"x\"}"));
      assertThat(GuardedTalk.transcriptionOf(talk.hears("session.updated")).isNull()).isTrue();
    }
  }

  @Test
  void letsTheClientSeeTranscriptsAndNotChooseHowTheyAreMade() {
    try (GuardedTalk talk = talk("cancel")) {
      talk.client.send(update("{'model':'whisper-1','language':'eo','prompt':'lies'}"));

      assertThat(GuardedTalk.transcriptionOf(talk.isSent("session.update")))
          .isEqualTo(json("{\"model\":\"gpt-4o-mini-transcribe\"}"));
      talk.upstream.send(GuardedTalk.session("session.updated", "{\"model\":\"m\"}"));
      assertThat(GuardedTalk.transcriptionOf(talk.hears("session.updated")).isObject()).isTrue();
      talk.writesDown("i1", "hello");
      assertThat(talk.hears().get("transcript").asString()).isEqualTo("hello");
    }
  }

  private static String update(String transcription) {
    return event(
        "{'type':'session.update','session':{'type':'realtime','audio':{'input':"
            + "{'transcription':%s}}}}",
        transcription);
  }

  @Test
  void holdsTheClientsOwnWishForAnAnswer() {
    try (GuardedTalk talk = talk("cancel")) {
      talk.client.send(
          event(
              "{'type':'session.update','session':{'audio':{'input':{'turn_detection':{"
                  + "'type':'server_vad','create_response':false}}}}}"));
      talk.isSent("session.update");
      talk.upstream.send(GuardedTalk.session("session.updated", "{\"model\":\"m\"}"));
      talk.hears("session.updated");
      talk.speaks("i1");
      talk.client.send(CREATE);
      talk.isSentNothing();

      talk.writesDown("i1", "forbidden");

      talk.isSent("conversation.item.delete");
      assertThat(talk.hearsError("guard_matched").get("event_id").asString()).isEqualTo("mine");
      talk.isSentNothing();
      talk.hearsNothing();
    }
  }

  @Test
  void holdsAWishForAnAnswerToWhatIsOnlyAboutToBeCommitted() {
    try (GuardedTalk talk = talk("cancel")) {
      talk.client.send(event("{'type':'input_audio_buffer.commit'}"));
      talk.client.send(CREATE);
      talk.isSent("input_audio_buffer.commit");
      talk.isSentNothing();
      talk.passes(event("{'type':'input_audio_buffer.committed','item_id':'i1'}"));
      talk.isSentNothing();

      talk.writesDown("i1", "hello");

      isAskedFor(talk);
    }
  }

  @Test
  void waitsForNothingWhereTheUpstreamDoesNotCommit() {
    try (GuardedTalk talk = talk("cancel")) {
      talk.client.send(event("{'type':'input_audio_buffer.commit'}"));
      talk.client.send(CREATE);
      String id = talk.isSent("input_audio_buffer.commit").get("event_id").asString();

      talk.upstream.send(
          event(
              "{'type':'error','error':{'code':'input_audio_buffer_commit_empty',"
                  + "'event_id':'%s'}}",
              id));

      isAskedFor(talk);
      assertThat(talk.hearsError("input_audio_buffer_commit_empty").get("event_id").isNull())
          .isTrue();
    }
  }

  /** What the client asked for may be an answer to speech that nobody has written down. */
  private static void beginsToAnswerWhatIsUnjudged(GuardedTalk talk) {
    talk.client.send(CREATE);
    talk.isSent("response.create");
    talk.passes(event("{'type':'input_audio_buffer.committed','item_id':'i1'}"));
    talk.passes(GuardedTalk.created("r1"));
    talk.upstream.send(GuardedTalk.audio("r1", "a1"));
  }

  @Test
  void holdsBackAnAnswerToWhatTheClientTakesOutUnjudged() {
    try (GuardedTalk talk = talk("cancel")) {
      beginsToAnswerWhatIsUnjudged(talk);
      talk.client.send(event("{'type':'conversation.item.delete','item_id':'i1'}"));
      talk.isSent("conversation.item.delete");
      talk.upstream.send(event("{'type':'conversation.item.deleted','item_id':'i1'}"));
      talk.hearsNothing();

      talk.writesDown("i1", "forbidden");

      talk.isSent("conversation.item.delete");
      assertThat(talk.isSent("response.cancel").get("response_id").asString()).isEqualTo("r1");
      talk.hearsError("guard_matched");
    }
  }

  /** The guard on the answer only logs what it cannot judge; the one on the user's words waits. */
  @Test
  void holdsBackALongAnswerToWhatIsNotYetJudged() {
    try (GuardedTalk talk = talk("logged")) {
      beginsToAnswerWhatIsUnjudged(talk);
      talk.upstream.send(GuardedTalk.transcript("r1", "a1", "x".repeat(65_537)));
      talk.hearsNothing();

      talk.writesDown("i1", "forbidden");

      talk.isSent("conversation.item.delete");
      talk.isSent("response.cancel");
      talk.hearsError("guard_matched");
      talk.hearsNothing();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"hello", "forbidden"})
  void holdsBackAnAnswerThatMayBeToWhatIsNotYetJudged(String said) {
    try (GuardedTalk talk = talk("cancel")) {
      beginsToAnswerWhatIsUnjudged(talk);
      talk.hearsNothing();

      talk.writesDown("i1", said);

      if (said.equals("hello")) {
        assertThat(talk.client.readText()).isEqualTo(GuardedTalk.audio("r1", "a1"));
        talk.passes(GuardedTalk.done("r1", "completed"));
      } else {
        talk.isSent("conversation.item.delete");
        assertThat(talk.isSent("response.cancel").get("response_id").asString()).isEqualTo("r1");
        talk.hearsError("guard_matched");
        talk.upstream.send(GuardedTalk.audio("r1", "a1"));
        talk.upstream.send(GuardedTalk.done("r1", "cancelled"));
        assertThat(talk.hears("response.done").at("/response/status_details/reason").asString())
            .isEqualTo("content_filter");
      }
      talk.hearsNothing();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "plain | {'type':'message','role':'user','content':[{'type':'input_text',"
            + "'text':'a forbidden word'}]}",
        "in two parts | {'type':'message','role':'user','content':[{'type':'input_text',"
            + "'text':'for'},{'type':'input_text','text':'bidden'}]}",
        "as the assistant | {'type':'message','role':'assistant','content':[{'type':"
            + "'output_text','text':'forbidden'}]}",
        "as the system | {'type':'message','role':'system','content':[{'type':'input_text',"
            + "'text':'forbidden'}]}",
        "of a tool | {'type':'function_call_output','call_id':'c','output':'forbidden'}",
        "a call | {'type':'function_call','call_id':'c','name':'f','arguments':'forbidden'}",
        "in the transcript of no speech | {'type':'message','role':'user','content':[{'type':"
            + "'input_audio','transcript':'forbidden'}]}",
        "around an image | {'type':'message','role':'user','content':[{'type':'input_text',"
            + "'text':'for'},{'type':'input_image','image_url':'data:image/png;base64,AA=='},"
            + "{'type':'input_text','text':'\\u200b'},{'type':'input_text','text':'bidden'}]}",
        "in a field that says nothing | {'type':'message','role':'user','content':[{'type':"
            + "'input_text','text':'x','audio':{'transcript':'forbidden'}}]}",
        "of a tool as an object | {'type':'function_call_output','call_id':'c','output':{"
            + "'detail':'forbidden'}}",
        "of a tool as a name | {'type':'function_call_output','call_id':'c','output':{"
            + "'forbidden':1}}",
        "of a tool as a number | {'type':'function_call_output','call_id':'c','output':[{"
            + "'text':4111111111111111}]}",
        "below a text | {'type':'function_call_output','call_id':'c','output':[{'type':"
            + "'input_text','text':{'object':'forbidden'}}]}",
        "a field that a part has not | {'type':'message','role':'user','content':[{'type':"
            + "'input_text','text':'x','status':'forbidden'}]}",
        "as an id | {'type':'function_call','call_id':'forbidden','name':'f','arguments':'{}'}",
        "around a transcript of no speech | {'type':'message','role':'user','content':[{'type':'input_text','text':'for','transcript':'x'},{'type':'input_text','text':'bidden'}]}",
        "around an id | {'type':'message','role':'user','content':[{'type':'input_text','text':'for','id':'x'},{'type':'input_text','text':'bidden'}]}",
        "around a field that nobody has | {'type':'message','role':'user','content':[{'type':'input_text','text':'for','novel':{'x':'y'}},{'type':'input_text','text':'bidden'}]}",
        "as an image | {'type':'message','role':'user','content':[{'type':'input_image','image_url':'data:text/plain,forbidden'}]}",
        "as the image of a text | {'type':'message','role':'user','content':[{'type':'input_text','text':'x','image_url':'data:image/png;base64,forbidden'}]}",
        "zero width | {'type':'message','role':'user','content':[{'type':'input_text',"
            + "'text':'for\u200bbid\u00adden'}]}",
        "full width | {'type':'message','role':'user','content':[{'type':'input_text',"
            + "'text':'ＦＯＲＢＩＤＤＥＮ'}]}",
        "Cyrillic | {'type':'message','role':'user','content':[{'type':'input_text',"
            + "'text':'f\u043erb\u0456dd\u0435n'}]}",
        "escaped | {'type':'message','role':'user','content':[{'type':'input_text',"
            + "'text':'\\u0066orbidden'}]}",
      })
  void doesNotLetThroughWhatIsWritten(String name, String item) {
    try (GuardedTalk talk = talk("cancel")) {
      String spelt = event(item);
      talk.client.send(
          "{\"type\":\"conversation.item.create\",\"event_id\":\"e1\",\"item\":" + spelt + "}");
      assertThat(talk.hearsError("guard_matched").get("event_id").asString())
          .as(name)
          .isEqualTo("e1");

      talk.client.send(CREATE);
      assertThat(talk.hearsError("guard_matched").get("event_id").asString()).isEqualTo("mine");

      talk.client.send(
          "{\"type\":\"response.create\",\"event_id\":\"e2\",\"response\":{"
              + "\"conversation\":\"none\",\"input\":["
              + spelt
              + "]}}");
      assertThat(talk.hearsError("guard_matched").get("event_id").asString()).isEqualTo("e2");
      talk.isSentNothing();
    }
  }

  /** A word of the operator's may be the rest of a sentence of the client's. */
  @Test
  void judgesTheOperatorsWordsWhereAUserSaysThem() {
    try (GuardedTalk talk = talk("own-words")) {
      talk.client.send(
          event(
              "{'type':'conversation.item.create','item':{'type':'message','role':'user','content':"
                  + "[{'type':'input_text','text':'say'},{'type':'input_text','text':'forbidden'}]}}"));

      talk.hearsError("guard_matched");
      talk.isSentNothing();
    }
  }

  @Test
  void answersWhatIsWrittenWithASentence() {
    try (GuardedTalk talk = talk("answer")) {
      talk.client.send(item("forbidden"));
      talk.client.send(
          event(
              "{'type':'response.create','response':{'output_modalities':['text'],"
                  + "'instructions':'obey','metadata':{'a':'b'}}}"));

      assertThat(talk.hearsError("guard_matched").get("event_id").asString()).isEqualTo("item");
      JsonNode response = talk.isSent("response.create").get("response");
      assertThat(response.get("instructions").asString()).endsWith(": No comment.");
      assertThat(response.get("output_modalities")).hasToString("[\"text\"]");
      assertThat(response.get("metadata").get("a").asString()).isEqualTo("b");

      talk.client.send(item("hello"));
      talk.isSent("conversation.item.create");
      talk.client.send(CREATE);
      isAskedFor(talk);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"conversation.item.create", "response.create"})
  void doesNotTakeSpeechThatNobodyWritesDown(String type) {
    String item =
        "{'type':'message','role':'user','content':[{'type':'input_audio','audio':'AAAA',"
            + "'transcript':'harmless'}]}";
    String message =
        type.startsWith("response")
            ? "{'type':'response.create','response':{'input':[" + item + "]}}"
            : "{'type':'conversation.item.create','item':" + item + "}";
    try (GuardedTalk talk = talk("cancel")) {
      talk.client.send(event("%s", message));
      talk.hearsError("guard_failed");
      talk.isSentNothing();
    }
    try (GuardedTalk talk = talk("cancel-open")) {
      talk.client.send(event("%s", message));
      talk.hearsError("guard_failed"); // who sends it could have everything pass
      talk.isSentNothing();
    }
  }

  @Test
  void keepsTheOrderOfWhatWaitsAndLetsSpeechPass() {
    WEBHOOK.hold();
    try (GuardedTalk talk = talk("asked-closed")) {
      talk.client.send(item("one"));
      talk.client.send(event("{'type':'conversation.item.delete','item_id':'x'}"));
      talk.client.send(event("{'type':'response.cancel'}"));
      String speech = event("{'type':'input_audio_buffer.append','audio':'AAAA'}");
      talk.client.send(speech);
      assertThat(talk.upstream.readText()).isEqualTo(speech);

      WEBHOOK.release();

      talk.isSent("conversation.item.create");
      talk.isSent("conversation.item.delete");
      talk.isSent("response.cancel");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "late | ''",
        "500 | ''",
        "404 | {\"verdict\":\"allow\"}",
        "302 | {\"verdict\":\"allow\"}",
        "200 | ''",
        "200 | <html>allow</html>",
        "200 | {\"verdict\":true}",
        "200 | {\"verdict\":\"ALLOW\"}",
        "200 | [\"allow\"]",
        "200 | huge",
        "0 | ''",
      })
  void doesAsItIsToldWhereAWebhookGivesNoVerdict(String status, String body) {
    boolean late = status.equals("late");
    if (late) {
      WEBHOOK.hold();
    } else {
      String huge = " ".repeat(100_000) + verdict("allow").body();
      WEBHOOK.judging(
          asked -> new Webhook.Answer(Integer.parseInt(status), body.equals("huge") ? huge : body));
    }
    for (String mode : List.of("open", "closed")) {
      int before = WEBHOOK.questions().size();
      try (GuardedTalk talk = talk((late ? "asked-late-" : "asked-") + mode)) {
        talk.client.send(item("hello"));
        if (mode.equals("open")) {
          talk.isSent("conversation.item.create");
          talk.hearsNothing();
        } else {
          talk.hearsError("guard_failed");
          talk.isSentNothing();
        }
        talk.isLogged("WS_GUARD_FAILED", "\"passed\":" + mode.equals("open"));
        if (!late) {
          assertThat(WEBHOOK.questions()).hasSize(before + 1); // asked once, and nobody else
        }
      }
    }
  }

  /** Whoever chose the words could choose that they pass. */
  @ParameterizedTest
  @ValueSource(ints = {400, 413, 422})
  void letsNothingPassThatAWebhookRefusesToRead(int status) {
    WEBHOOK.judging(asked -> new Webhook.Answer(status, ""));
    try (GuardedTalk talk = talk("asked-open")) {
      talk.client.send(item("hello"));

      talk.hearsError("guard_failed");
      talk.isSentNothing();
    }
  }

  @Test
  void asksAWebhook() {
    try (GuardedTalk talk = talk("asked-closed")) {
      talk.client.send(item("forbidden"));
      talk.hearsError("guard_matched");
      talk.client.send(item("hello"));
      talk.isSent("conversation.item.create");

      JsonNode question = json(WEBHOOK.questions().get(WEBHOOK.questions().size() - 2).body());
      assertThat(question.propertyNames()).containsExactly("guard", "on", "session", "text");
      assertThat(question.get("text").asString()).isEqualTo("forbidden");
      assertThat(question.get("on").asString()).isEqualTo("user");
    }
  }

  @Test
  void delaysNobodyElse() {
    WEBHOOK.hold();
    int before = WEBHOOK.questions().size();
    try (GuardedTalk talk = talk("asked-closed")) {
      List<GuardedTalk> waiting = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        GuardedTalk other = talk("asked-closed");
        other.client.send(item("hello"));
        waiting.add(other);
      }
      await().atMost(Duration.ofSeconds(10)).until(() -> WEBHOOK.questions().size() == before + 20);

      talk.passes(event("{'type':'rate_limits.updated'}"));
      talk.isSentNothing();

      waiting.forEach(GuardedTalk::close); // in the middle of a check
      WEBHOOK.release();
      talk.client.send(item("hello"));
      talk.isSent("conversation.item.create");
    }
  }

  @Test
  void asksNoMoreAtOnceThanItsShare() {
    WEBHOOK.hold();
    int before = WEBHOOK.questions().size();
    try (GuardedTalk talk = talk("asked-closed")) {
      for (int i = 0; i < 32; i++) {
        talk.speaks("i" + i);
        talk.writesDown("i" + i, "hello");
      }
      await().atMost(Duration.ofSeconds(10)).until(() -> WEBHOOK.questions().size() == before + 32);

      talk.speaks("last");
      talk.writesDown("last", "hello");

      assertThat(talk.isSent("conversation.item.delete").get("item_id").asString())
          .isEqualTo("last");
      talk.isLogged("too many at once");
      WEBHOOK.release();
    }
  }

  @Test
  void asksForAnotherUserThoughOneHasAsMuchAskedAsItMay() {
    WEBHOOK.hold();
    int before = WEBHOOK.questions().size();
    List<GuardedTalk> hogs = new ArrayList<>();
    try (GuardedTalk other = talk("asked-open")) {
      for (int session = 0; session < 16; session++) {
        GuardedTalk hog = house.talk("asked-open", "hog").setUp();
        hogs.add(hog);
        for (int i = 0; i < 32; i++) {
          hog.speaks("i" + i);
          hog.writesDown("i" + i, "hello");
        }
      }
      // 512 are more than half of 1,000. What is not asked does not pass, open or not.
      hogs.getLast().isSent("conversation.item.delete");
      hogs.getLast().isLogged("too many at once");
      await().atMost(Duration.ofSeconds(10)).until(() -> asked(before) == 500);

      other.client.send(item("hello"));
      await().atMost(Duration.ofSeconds(10)).until(() -> asked(before) == 501);
      WEBHOOK.release();

      other.isSent("conversation.item.create");
    } finally {
      hogs.forEach(GuardedTalk::close);
    }
  }

  private static int asked(int before) {
    return WEBHOOK.questions().size() - before;
  }

  @Test
  void keepsItsGuardsThroughANewPolicyInTheMiddleOfACheck() {
    WEBHOOK.hold();
    int before = WEBHOOK.questions().size();
    try (GuardedTalk talk = talk("asked-closed")) {
      talk.client.send(item("forbidden"));
      await().atMost(Duration.ofSeconds(10)).until(() -> WEBHOOK.questions().size() == before + 1);

      house.write(Map.of("asked-closed", "{}"));
      await().atMost(Duration.ofSeconds(10)).until(this::isUnguarded);
      WEBHOOK.release();

      talk.hearsError("guard_matched");
      talk.client.send(item("forbidden"));
      talk.hearsError("guard_matched");
    } finally {
      house.write(tiers());
      await().atMost(Duration.ofSeconds(10)).until(() -> !isUnguarded());
    }
  }

  private boolean isUnguarded() {
    try (GuardedTalk talk = house.talk("asked-closed")) {
      talk.client.send(item("hello"));
      return talk.isSent().get("type").asString().equals("conversation.item.create");
    }
  }

  @Test
  void judgesInstructionsWhereItIsToAndNotTheOperators() {
    try (GuardedTalk talk = house.talk("instructions")) {
      assertThat(talk.isSent("session.update").at("/session/instructions").asString())
          .isEqualTo("Nothing forbidden.");
      for (String message :
          List.of(
              "{'type':'session.update','session':{'instructions':'Do the forbidden.'}}",
              "{'type':'session.update','session':{'tools':[{'type':'function','name':'f',"
                  + "'description':'forbidden'}]}}",
              "{'type':'session.update','session':{'tools':[{'type':'function','name':'f',"
                  + "'parameters':{'properties':{'detail':{'description':'forbidden'}}}}]}}",
              "{'type':'session.update','session':{'tools':[{'type':'function','name':'f',"
                  + "'parameters':{'properties':{'forbidden':{'type':'string'}}}}]}}",
              "{'type':'session.update','session':{'tools':[{'type':'function','name':'f',"
                  + "'parameters':{'properties':{'a':{'enum':[4111111111111111]}}}}]}}",
              "{'type':'session.update','session':{'tools':[{'type':'function','name':'f',"
                  + "'input_schema':{'properties':{'forbidden':{}}}}]}}",
              "{'type':'session.update','session':{'tools':[{'type':'function','name':'f',"
                  + "'description':{'detail':'forbidden'}}]}}",
              "{'type':'session.update','session':{'tool_choice':{'type':'function',"
                  + "'name':'forbidden'}}}",
              "{'type':'response.create','response':{'prompt':{'id':'p','variables':{"
                  + "'role':'forbidden'}}}}",
              "{'type':'response.create','response':{'prompt':{'id':'p','variables':{"
                  + "'a':411111111111111e1}}}}",
              "{'type':'response.create','response':{'instructions':'Do the forbidden.'}}")) {
        talk.client.send(event("%s", message));
        talk.hearsError("guard_matched");
      }
      talk.client.send(item("forbidden")); // nobody is on the user's words
      talk.isSent("conversation.item.create");
    }
  }
}
