package io.donna.gateway.guard;

import static io.donna.gateway.guard.GuardedHouse.guard;
import static io.donna.gateway.guard.GuardedTalk.audio;
import static io.donna.gateway.guard.GuardedTalk.created;
import static io.donna.gateway.guard.GuardedTalk.done;
import static io.donna.gateway.guard.GuardedTalk.event;
import static io.donna.gateway.guard.GuardedTalk.itemAdded;
import static io.donna.gateway.guard.GuardedTalk.transcript;
import static io.donna.gateway.guard.GuardedTalk.transcriptDone;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Webhook;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * What is not to be said is not heard, or not to its end; what is not to be called is not called.
 */
class AssistantGuardTest {
  private static final String AS_IT_GOES = "on: [assistant], patterns: [forbidden], action: ";
  private static final String HELD = "hold_back: true, " + AS_IT_GOES;
  private static final String CALLS = "on: [tool_calls], patterns: [forbidden], action: ";

  private static final Webhook WEBHOOK = Webhook.start();

  @TempDir private static Path folder;

  private static GuardedHouse house;

  @BeforeAll
  static void open() {
    Map<String, String> tiers = new HashMap<>();
    for (String action : List.of("cancel", "log")) {
      tiers.put("goes-" + action, guard(AS_IT_GOES + action));
    }
    tiers.put("held-cancel", guard(HELD + "cancel"));
    tiers.put("held-open", guard(HELD + "cancel, on_failure: open"));
    tiers.put("held-answer", guard(HELD + "answer, answer: 'No comment: ask him.'"));
    tiers.put("calls-cancel", guard(CALLS + "cancel"));
    tiers.put("calls-end", guard(CALLS + "end"));
    tiers.put(
        "calls-cancel-words-log",
        guard(CALLS + "cancel")
            + "\n  - {name: said, on: [assistant], patterns: [secret], action: log}");
    tiers.put(
        "calls-asked",
        guard(
            "on: [tool_calls], action: cancel, timeout_ms: 30000, webhook: \""
                + WEBHOOK.uri()
                + "\""));
    house = new GuardedHouse(folder, tiers);
  }

  @AfterAll
  static void close() {
    house.close();
    WEBHOOK.close();
  }

  /** What a response sends that says {@code text}, in the order of the upstream's. */
  private static List<String> saying(String text) {
    return List.of(
        itemAdded("r1", "a1"),
        event("{'type':'conversation.item.added','item':{'id':'a1','content':[]}}"),
        transcript("r1", "a1", text),
        audio("r1", "a1"),
        audio("r1", "a1"),
        transcriptDone("r1", "a1", text),
        event(
            "{'type':'conversation.item.done','item':{'id':'a1','content':[{'transcript':'%s'}]}}",
            text),
        event(
            "{'type':'response.output_item.done','response_id':'r1','item':{'id':'a1',"
                + "'type':'message','content':[{'type':'output_audio','transcript':'%s'}]}}",
            text));
  }

  private static void isFiltered(JsonNode done) {
    assertThat(done.at("/response/status").asString()).isEqualTo("incomplete");
    assertThat(done.at("/response/status_details/reason").asString()).isEqualTo("content_filter");
    assertThat(done.at("/response/output")).isEmpty();
  }

  @Test
  void passesWhatIsAllowedAsItComes() {
    try (GuardedTalk talk = house.talk("goes-cancel")) {
      talk.passes(created("r1"));
      saying("All is well.").forEach(talk::passes);
      talk.passes(done("r1", "completed"));
      talk.isSentNothing();
    }
  }

  @Test
  void stopsInTheMiddleWhatIsNotAllowed() {
    try (GuardedTalk talk = house.talk("goes-cancel")) {
      talk.passes(created("r1"));
      talk.passes(itemAdded("r1", "a1"));
      talk.passes(audio("r1", "a1"));
      talk.passes(transcript("r1", "a1", "This is for"));
      talk.passes(transcript("r1", "a1", "bidden."));

      assertThat(talk.isSent("response.cancel").get("response_id").asString()).isEqualTo("r1");
      talk.hearsError("guard_matched");
      talk.upstream.send(audio("r1", "a1"));
      talk.upstream.send(
          event("{'type':'conversation.item.done','item':{'id':'a1','content':[]}}"));
      talk.upstream.send(done("r1", "cancelled"));
      isFiltered(talk.hears("response.done"));
      String delete = talk.isSent("conversation.item.delete").toString();
      assertThat(delete).contains("\"a1\"");
      talk.passes(event("{'type':'conversation.item.deleted','item_id':'a1'}"));
      talk.hearsNothing();
      talk.isSentNothing();
    }
  }

  @Test
  void tellsOfWhatWasFoundWhenAllWasSaid() {
    try (GuardedTalk talk = house.talk("goes-cancel")) {
      talk.passes(created("r1"));
      talk.passes(itemAdded("r1", "a1"));
      talk.upstream.send(transcript("r1", "a1", "forbidden"));
      talk.upstream.send(done("r1", "completed"));

      assertThat(talk.client.readText()).contains("forbidden");
      isCompleted(talk.hears("response.done"));
      talk.hearsError("guard_matched");
      talk.isSent("conversation.item.delete");
      talk.isSentNothing();
    }
  }

  private static void isCompleted(JsonNode done) {
    assertThat(done.at("/response/status").asString()).isEqualTo("completed");
  }

  @Test
  void holdsBackAnAnswerUntilItIsJudged() {
    try (GuardedTalk talk = house.talk("held-cancel")) {
      talk.passes(created("r1"));
      saying("All is well.").forEach(talk.upstream::send);
      String speech = event("{'type':'input_audio_buffer.speech_started','item_id':'u'}");
      talk.passes(speech);
      talk.upstream.send(done("r1", "completed"));

      for (String text : saying("All is well.")) {
        assertThat(talk.client.readText()).isEqualTo(text);
      }
      assertThat(talk.client.readText()).isEqualTo(done("r1", "completed"));
      talk.hearsNothing();
    }
  }

  @Test
  void letsNothingBeHeardOfWhatIsNotAllowed() {
    try (GuardedTalk talk = house.talk("held-cancel")) {
      talk.passes(created("r1"));
      saying("This is forbidden.").forEach(talk.upstream::send);
      talk.upstream.send(done("r1", "completed"));

      talk.hearsError("guard_matched");
      isFiltered(talk.hears("response.done"));
      talk.isSent("conversation.item.delete");
      talk.upstream.send(event("{'type':'conversation.item.deleted','item_id':'a1'}"));
      talk.hearsNothing(); // of an item that it has never heard of
      talk.isSentNothing();
    }
  }

  @Test
  void saysASentenceInstead() {
    try (GuardedTalk talk = house.talk("held-answer")) {
      talk.passes(created("r1"));
      saying("This is forbidden.").forEach(talk.upstream::send);
      talk.upstream.send(done("r1", "completed"));

      isFiltered(talk.hears("response.done"));
      talk.isSent("conversation.item.delete");
      JsonNode asked = talk.isSent("response.create");
      String busy =
          event(
              "{'type':'error','error':{'code':'conversation_already_has_active_response',"
                  + "'event_id':'%s'}}",
              asked.get("event_id").asString());
      talk.passes(created("r2"));
      talk.upstream.send(busy);
      talk.upstream.send(done("r2", "completed"));
      talk.hears("response.done");
      JsonNode again = talk.isSent("response.create");
      String metadata = again.at("/response/metadata").toString();

      talk.upstream.send(created("r3").replace("\"metadata\":null", "\"metadata\":" + metadata));
      assertThat(talk.hears("response.created").at("/response/metadata").isNull()).isTrue();
      List<String> sentence =
          List.of(
              audio("r3", "a3"),
              transcript("r3", "a3", "no comment: ask"),
              transcriptDone("r3", "a3", "no comment: ask him!"),
              done("r3", "completed"));
      sentence.forEach(talk.upstream::send);
      for (String event : sentence) {
        assertThat(talk.client.readText()).isEqualTo(event);
      }
      talk.isSentNothing();
    }
  }

  /** Else a response could say anything once the gateway has asked for it. */
  @ParameterizedTest
  @MethodSource("strays")
  void judgesASentenceThatIsNotTheOneThatItAskedFor(String stray) {
    try (GuardedTalk talk = house.talk("held-answer")) {
      talk.passes(created("r1"));
      saying("This is forbidden.").forEach(talk.upstream::send);
      talk.upstream.send(done("r1", "completed"));
      isFiltered(talk.hears("response.done"));
      talk.isSent("conversation.item.delete");
      String metadata = talk.isSent("response.create").at("/response/metadata").toString();

      talk.upstream.send(created("r2").replace("\"metadata\":null", "\"metadata\":" + metadata));
      talk.hears("response.created");
      talk.upstream.send(itemAdded("r2", "a2"));
      talk.upstream.send(stray);
      talk.hearsNothing();
      talk.upstream.send(
          done("r2", "completed").replace("\"metadata\":null", "\"metadata\":" + metadata));

      JsonNode error = talk.hears("error").get("error");
      assertThat(error.get("code").asString()).startsWith("guard_");
      // And no further sentence is asked for in place of this one.
      JsonNode done = talk.hears("response.done");
      isFiltered(done);
      assertThat(done.at("/response/metadata").isNull()).isTrue();
      talk.isSent("conversation.item.delete");
      talk.isSentNothing();
    }
  }

  static List<String> strays() {
    return List.of(
        transcript("r2", "a2", "No comments are forbidden."),
        transcript(
            "r2", "a2", "No comment: \u24d5\u24de\u24e1\u24d1\u24d8\u24d3\u24d3\u24d4\u24dd"),
        audio("r2", "a2"),
        transcript("r2", "a2", "forbidden").replace("\"content_index\":0", "\"content_index\":1"),
        transcriptDone("r2", "a2", "It is forbidden."),
        event(
            "{'type':'conversation.item.retrieved','item':{'id':'a2','type':'message',"
                + "'role':'assistant','content':[{'transcript':'forbidden'}]}}"),
        event("{'type':'response.novel','response_id':'r2','item_id':'a2','x':'forbidden'}"));
  }

  @Test
  void judgesAResponseThatOnlyClaimsToBeTheGatewaysOwn() {
    try (GuardedTalk talk = house.talk("held-cancel")) {
      talk.passes(
          created("r1")
              .replace("\"metadata\":null", "\"metadata\":{\"donna_answer\":\"event_x\"}"));
      talk.upstream.send(transcript("r1", "a1", "forbidden"));
      talk.upstream.send(done("r1", "completed"));

      talk.hearsError("guard_matched");
    }
  }

  @Test
  void forgetsWhatWasHeldBackWhenTheUserInterrupts() {
    try (GuardedTalk talk = house.talk("held-cancel")) {
      talk.passes(created("r1"));
      saying("All is well.").subList(0, 4).forEach(talk.upstream::send);
      talk.upstream.send(done("r1", "cancelled"));

      JsonNode done = talk.hears("response.done");
      assertThat(done.at("/response/status").asString()).isEqualTo("cancelled");
      talk.isSent("conversation.item.delete");
      talk.hearsNothing();
    }
  }

  /** Who asks for a long answer must not thereby get one that nobody has judged. */
  @ParameterizedTest
  @ValueSource(strings = {"held-open", "held-cancel"})
  void stopsAnAnswerOfWhichMoreIsHeldBackThanThereIsRoomFor(String tier) {
    String speech = audio("r1", "a1").replace("AAAA", "A".repeat(4 << 20));
    try (GuardedTalk talk = house.talk(tier)) {
      talk.passes(created("r1"));
      talk.upstream.send(itemAdded("r1", "a1"));
      talk.upstream.send(speech);
      talk.upstream.send(speech);

      talk.hearsError("guard_failed");
      talk.isSent("response.cancel");
      talk.upstream.send(done("r1", "cancelled"));
      isFiltered(talk.hears("response.done"));
      talk.isLogged("too much held back", "\"passed\":false");
    }
  }

  @Test
  void doesNotTakeAnAnswerThatNobodyWritesDown() {
    try (GuardedTalk talk = house.talk("held-cancel")) {
      talk.passes(created("r1"));
      talk.upstream.send(audio("r1", "a1"));
      talk.upstream.send(done("r1", "completed"));

      talk.hearsError("guard_failed");
      isFiltered(talk.hears("response.done"));
    }
  }

  @Test
  void logsOnceWhatIsOnlyLogged() {
    try (GuardedTalk talk = house.talk("goes-log")) {
      talk.passes(created("r1"));
      saying("This is forbidden. And this.").forEach(talk::passes);
      talk.passes(done("r1", "completed"));
      talk.isLogged("WS_GUARD_MATCHED");
      talk.isSentNothing();
      assertThat(talk.logged().filter(line -> line.contains("GUARD"))).hasSize(1);
    }
  }

  private static String arguments(String kind, String name, String text) {
    return "{\"type\":\"response.function_call_arguments."
        + kind
        + "\",\"response_id\":\"r1\",\"item_id\":\"f1\",\""
        + name
        + "\":\""
        + text.replace("\\", "\\\\").replace("\"", "\\\"")
        + "\"}";
  }

  private static List<String> calling(String json) {
    return List.of(
        arguments("delta", "delta", json.substring(0, 5)),
        arguments("delta", "delta", json.substring(5)),
        arguments("done", "arguments", json),
        event("{'type':'conversation.item.done','item':{'id':'f1','type':'function_call'}}"));
  }

  @Test
  void holdsACallUntilItsArgumentsAreJudged() {
    WEBHOOK.hold();
    try (GuardedTalk talk = house.talk("calls-asked")) {
      talk.passes(created("r1"));
      talk.passes(audio("r1", "a1"));
      calling("{\"city\":\"Bonn\"}").forEach(talk.upstream::send);
      talk.upstream.send(audio("r1", "a1"));
      talk.hearsNothing();

      WEBHOOK.release();

      for (String text : calling("{\"city\":\"Bonn\"}")) {
        assertThat(talk.client.readText()).isEqualTo(text);
      }
      assertThat(talk.client.readText()).isEqualTo(audio("r1", "a1"));
      talk.passes(done("r1", "completed"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"q\":\"forbidden\"}", "{\"q\":\"\\u0066orbidden\"}", "forbidden"})
  void callsNoToolInAWayThatIsNotAllowed(String json) {
    try (GuardedTalk talk = house.talk("calls-cancel")) {
      talk.passes(created("r1"));
      talk.passes(itemAdded("r1", "f1"));
      calling(json).forEach(talk.upstream::send);

      talk.hearsError("guard_matched");
      talk.isSent("response.cancel");
      talk.upstream.send(done("r1", "completed"));
      isFiltered(talk.hears("response.done"));
      talk.isSent("conversation.item.delete");
      talk.hearsNothing();
    }
  }

  /** Too long to be judged by one guard is too long for the other, whichever of them only logs. */
  @Test
  void makesNoCallOfAnAnswerThatIsTooLongToBeJudged() {
    try (GuardedTalk talk = house.talk("calls-cancel-words-log")) {
      talk.passes(created("r1"));
      talk.passes(transcript("r1", "a1", "x".repeat(65_536)));
      talk.passes(transcript("r1", "a1", "x"));
      talk.hearsError("guard_failed");
      talk.upstream.send(arguments("done", "arguments", "forbidden"));
      talk.isSent("response.cancel");
      talk.upstream.send(done("r1", "completed"));
      isFiltered(talk.hears("response.done"));
    }
  }

  @Test
  void judgesACallThatIsOnlyInTheItem() {
    try (GuardedTalk talk = house.talk("calls-end")) {
      talk.passes(created("r1"));
      talk.upstream.send(
          event(
              "{'type':'response.output_item.done','response_id':'r1','item':{'id':'f1',"
                  + "'type':'function_call','arguments':'forbidden'}}"));

      talk.hearsError("guard_matched");
      assertThat(talk.client.readClose().closeCode()).isEqualTo(1008);
    }
  }
}
