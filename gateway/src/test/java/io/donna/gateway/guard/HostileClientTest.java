package io.donna.gateway.guard;

import static io.donna.gateway.guard.GuardedHouse.guard;
import static io.donna.gateway.guard.GuardedTalk.audio;
import static io.donna.gateway.guard.GuardedTalk.created;
import static io.donna.gateway.guard.GuardedTalk.done;
import static io.donna.gateway.guard.GuardedTalk.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Webhook;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A client with a valid token gets nothing past the guards, and keeps nobody else waiting. */
class HostileClientTest {
  private static final String CREATE = event("{'type':'response.create','event_id':'mine'}");
  private static final String COMMIT =
      event("{'type':'input_audio_buffer.commit','event_id':'mine'}");

  private static final Webhook WEBHOOK = Webhook.start();

  @TempDir private static Path folder;

  private static GuardedHouse house;

  @BeforeAll
  static void open() {
    String words = "on: [user], patterns: [forbidden], action: ";
    house =
        new GuardedHouse(
            folder,
            Map.of(
                "cancel", guard(words + "cancel"),
                "answer", guard(words + "answer, answer: No comment."),
                "lenient", guard(words + "cancel, timeout_ms: 20000, on_failure: open"),
                "asked",
                    guard(
                        "on: [user], action: cancel, on_failure: open, timeout_ms: 30000, webhook:"
                            + " \""
                            + WEBHOOK.uri()
                            + "\"")));
    try (GuardedTalk talk = talk("lenient")) { // the first text waits for Unicode's tables
      talk.client.send(item("h\u00e9llo"));
      talk.isSent("conversation.item.create");
    }
  }

  @AfterAll
  static void close() {
    house.close();
    WEBHOOK.close();
  }

  private static GuardedTalk talk(String tier) {
    return house.talk(tier).setUp();
  }

  /** A client that asks for every answer itself. */
  private static GuardedTalk talkOfOwnTurns(String tier) {
    GuardedTalk talk = talk(tier);
    talk.client.send(
        event(
            "{'type':'session.update','session':{'audio':{'input':{'turn_detection':{"
                + "'type':'server_vad','create_response':false}}}}}"));
    talk.isSent("session.update");
    talk.upstream.send(GuardedTalk.session("session.updated", "{\"model\":\"m\"}"));
    talk.hears("session.updated");
    return talk;
  }

  private static String item(String text) {
    return "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\","
        + "\"content\":[{\"type\":\"input_text\",\"text\":\""
        + text
        + "\"}]}}";
  }

  /** Many marks on a letter, more than a text's length, and more than that behind normalisation. */
  @ParameterizedTest
  @ValueSource(strings = {"\u0344\u0316", "\ufdfa", "x", "\\\\u005c"})
  void keepsNobodyWaitingByWordsThatTakeLongToJudge(String repeated) {
    String text =
        repeated.length() == 2
            ? "\u0344".repeat(32_000) + "\u0316".repeat(32_000)
            : repeated.repeat(66_000 / repeated.length());
    List<GuardedTalk> hostile = new ArrayList<>();
    try (GuardedTalk honest = talk("cancel")) {
      for (int i = 0; i < 3; i++) {
        hostile.add(talk("lenient"));
      }
      for (GuardedTalk talk : hostile) {
        talk.client.send(item(text));
        talk.isSentNothing(); // it is read, and with the guards
      }

      long begun = System.nanoTime();
      honest.client.send(item("h\u00e9llo"));
      honest.isSent("conversation.item.create");
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));

      for (GuardedTalk talk : hostile) {
        talk.hearsError("guard_failed"); // whatever on_failure says
        talk.isSentNothing();
      }
    } finally {
      hostile.forEach(GuardedTalk::close);
    }
  }

  @Test
  void getsNothingPastByHavingTooMuchJudgedAtOnce() {
    WEBHOOK.hold();
    try (GuardedTalk talk = talk("asked")) {
      for (int i = 0; i < 33; i++) {
        talk.speaks("i" + i);
        talk.writesDown("i" + i, "hello");
      }
      assertThat(talk.isSent("conversation.item.delete").get("item_id").asString())
          .isEqualTo("i32");
    } finally {
      WEBHOOK.release();
    }
  }

  /** What is asked for before speech is refused, and begins behind that, may be its answer. */
  @Test
  void hearsNoAnswerThatItAskedForBeforeItsSpeechWasRefused() {
    try (GuardedTalk talk = talkOfOwnTurns("cancel")) {
      talk.client.send(CREATE);
      talk.isSent("response.create");
      talk.speaks("i1");
      talk.writesDown("i1", "forbidden");
      talk.isSent("conversation.item.delete");

      talk.passes(created("r1"));

      talk.hearsError("guard_matched");
      assertThat(talk.isSent("response.cancel").get("response_id").asString()).isEqualTo("r1");
      talk.upstream.send(audio("r1", "a1"));
      talk.upstream.send(done("r1", "cancelled"));
      assertThat(talk.hears("response.done").at("/response/status_details/reason").asString())
          .isEqualTo("content_filter");
      assertThat(talk.isSent("conversation.item.delete").get("item_id").asString()).isEqualTo("a1");

      talk.client.send(CREATE); // to what is left
      talk.isSent("response.create");
      talk.passes(created("r2"));
      talk.passes(audio("r2", "a2"));
    }
  }

  /** Here the gateway asks for the answer of the turn, too, and refuses that. */
  @Test
  void isToldOnceWhereTwoAnswersAreRefused() {
    try (GuardedTalk talk = talk("cancel")) {
      talk.client.send(CREATE);
      talk.isSent("response.create");
      talk.speaks("i1");
      talk.writesDown("i1", "forbidden");
      talk.isSent("conversation.item.delete");
      talk.hearsError("guard_matched");

      talk.passes(created("r1"));

      talk.isSent("response.cancel");
      talk.upstream.send(audio("r1", "a1"));
      talk.hearsNothing();
    }
  }

  @Test
  void hearsTheSentenceInPlaceOfSuchAnAnswer() {
    try (GuardedTalk talk = talkOfOwnTurns("answer")) {
      talk.client.send(CREATE);
      talk.isSent("response.create");
      talk.speaks("i1");
      talk.writesDown("i1", "forbidden");
      talk.isSent("conversation.item.delete");
      talk.passes(created("r1"));
      talk.isSent("response.cancel");
      talk.upstream.send(done("r1", "cancelled"));
      talk.hears("response.done");

      assertThat(talk.isSent("response.create").at("/response/instructions").asString())
          .endsWith(": No comment.");
    }
  }

  @Test
  void isToldWhatWasRefusedWhereTheUpstreamDoesNotAnswerInAnyCase() {
    try (GuardedTalk talk = talkOfOwnTurns("cancel")) {
      talk.client.send(CREATE);
      String id = talk.isSent("response.create").get("event_id").asString();
      talk.speaks("i1");
      talk.writesDown("i1", "forbidden");
      talk.isSent("conversation.item.delete");

      talk.upstream.send(error("conversation_already_has_active_response", id));

      talk.hearsError("guard_matched");
      assertThat(
              talk.hearsError("conversation_already_has_active_response")
                  .get("event_id")
                  .asString())
          .isEqualTo("mine");
      talk.client.send(CREATE);
      talk.isSent("response.create");
      talk.passes(created("r1"));
      talk.passes(audio("r1", "a1"));
    }
  }

  private static String error(String code, String offender) {
    return event("{'type':'error','error':{'code':'%s','event_id':'%s'}}", code, offender);
  }

  /** It takes the speech out before it is judged: the answer has read it all the same. */
  @Test
  void hearsNoAnswerToSpeechThatItTookOut() {
    try (GuardedTalk talk = talk("cancel")) {
      talk.client.send(CREATE);
      talk.isSent("response.create");
      talk.passes(event("{'type':'input_audio_buffer.committed','item_id':'i1'}"));
      talk.client.send(event("{'type':'conversation.item.delete','item_id':'i1'}"));
      talk.isSent("conversation.item.delete");
      talk.passes(event("{'type':'conversation.item.deleted','item_id':'i1'}"));
      talk.passes(created("r1"));
      talk.upstream.send(audio("r1", "a1"));
      talk.hearsNothing();

      talk.writesDown("i1", "forbidden");

      talk.isSent("conversation.item.delete");
      talk.isSent("response.cancel");
      talk.hearsError("guard_matched");
    }
  }

  @Test
  void endsNoWaitingByCallingTwoCommitsTheSame() {
    try (GuardedTalk talk = talk("cancel")) {
      talk.client.send(COMMIT);
      talk.client.send(COMMIT);
      talk.client.send(CREATE);
      String first = talk.isSent("input_audio_buffer.commit").get("event_id").asString();
      talk.isSent("input_audio_buffer.commit");

      talk.upstream.send(error("input_audio_buffer_commit_empty", first));

      assertThat(talk.hearsError("input_audio_buffer_commit_empty").get("event_id").asString())
          .isEqualTo("mine");
      talk.isSentNothing(); // the answer waits for the other
      talk.passes(event("{'type':'input_audio_buffer.committed','item_id':'i1'}"));
      talk.writesDown("i1", "forbidden");
      talk.isSent("conversation.item.delete");
      assertThat(talk.hearsError("guard_matched").get("event_id").asString()).isEqualTo("mine");
      talk.isSentNothing();
    }
  }

  /** What an id of the client's names is the client's to say, and nothing of the gateway's. */
  @Test
  void endsNoWaitingByAnErrorOfItsOwn() {
    try (GuardedTalk talk = talk("cancel")) {
      talk.client.send(COMMIT);
      talk.client.send(CREATE);
      talk.isSent("input_audio_buffer.commit");

      talk.upstream.send(error("unknown_parameter", "mine"));

      talk.hearsError("unknown_parameter");
      talk.isSentNothing();
    }
  }

  @Test
  void hasABoundedNumberOfCommitsAndOfLogLines() {
    try (GuardedTalk talk = talk("cancel")) {
      for (int i = 0; i < 64 + 40; i++) {
        talk.client.send(COMMIT);
      }
      for (int i = 0; i < 64; i++) {
        talk.isSent("input_audio_buffer.commit");
      }
      for (int i = 0; i < 40; i++) {
        talk.hearsError("too_much_waiting");
      }
      talk.isSentNothing();
    }
  }

  @Test
  void isRefusedWhereMoreMessagesWaitThanThereIsRoomFor() {
    WEBHOOK.hold();
    try (GuardedTalk talk = talk("asked")) {
      talk.client.send(item("hello"));
      String tiny = event("{'type':'response.cancel'}");
      for (int i = 0; i < 1_024; i++) {
        talk.client.send(tiny);
      }
      JsonNode refused = talk.hearsError("too_much_waiting");
      assertThat(refused.get("event_id").isNull()).isTrue();
      talk.hearsNothing();
      talk.isSentNothing();

      WEBHOOK.release();

      talk.isSent("conversation.item.create");
      for (int i = 0; i < 1_023; i++) {
        assertThat(talk.upstream.readText()).isEqualTo(tiny);
      }
      talk.isSentNothing();
    }
  }

  /** The log of {@code serve} limits them, and counts those that it leaves out. */
  @Test
  void logsEveryFindingOfWhatItSaysAgainAndAgain() {
    try (GuardedTalk talk = talk("cancel")) {
      for (int i = 0; i < 45; i++) {
        talk.client.send(item("forbidden"));
        talk.hearsError("guard_matched");
      }
      assertThat(talk.logged().filter(line -> line.contains("GUARD"))).hasSize(45);
    }
  }
}
