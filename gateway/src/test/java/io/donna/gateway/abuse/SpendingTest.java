package io.donna.gateway.abuse;

import static io.donna.gateway.kit.Talk.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.kit.TieredGateway;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What clients with a valid token try to have for nothing. Apostrophes for quotes. */
class SpendingTest {
  private static final String OUT_OF_BAND =
      "{'type':'response.create','event_id':'same','response':{'conversation':'none','input':[]}}";

  @TempDir private static Path folder;

  private static TieredGateway gateway;

  @BeforeAll
  static void start() {
    gateway =
        new TieredGateway(
            folder,
            """
            thousand: {budgets: [{per: user, window: day, tokens: 1000}]}
            session-thousand: {budgets: [{per: session, tokens: 1000}]}
            dollar: {budgets: [{per: user, window: day, usd: 1}]}
            unlimited: {limits: {messages_per_second: 100000}}
            little-audio: {limits: {audio_seconds_per_minute: 20, messages_per_second: 100000}}
            transcribed:
              session: {locked: {audio.input.transcription: {model: whisper-1}}}
              budgets: [{per: session, tokens: 100000}]
            one-per-user: {limits: {sessions_per_user: 1}}
            one: {limits: {sessions: 1}}
            """);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static String quoted(String apostrophes) {
    return apostrophes.replace('\'', '"');
  }

  /** A client whose session is set up, and its upstream. */
  private static Talk talk(String user, String tier) {
    Talk talk =
        new Talk(
            gateway.connect(user, tier, "gpt-realtime-2.1"), gateway.upstream().take().accept());
    talk.isSent("session.update"); // which keeps turns gated
    talk.upstream.send(quoted("{'type':'session.created','session':{'type':'realtime'}}"));
    talk.upstream.send(quoted("{'type':'session.updated','session':{'type':'realtime'}}"));
    talk.hears("session.created");
    return talk;
  }

  private static void begins(Talk talk, String id) {
    talk.passes(quoted("{'type':'response.created','response':{'id':'" + id + "'}}"));
  }

  private static void ends(Talk talk, String id, long tokens) {
    talk.passes(
        quoted(
            "{'type':'response.done','response':{'id':'%s','usage':{'output_tokens':%d}}}"
                .formatted(id, tokens)));
  }

  @Test
  void hasNoMoreThanItsBudgetByAskingForEverythingAtOnce() {
    try (Talk talk = talk(gateway.newUser(), "thousand")) {
      for (int i = 0; i < 40; i++) {
        talk.client.send(quoted(OUT_OF_BAND));
      }

      JsonNode first = talk.isSent("response.create");
      assertThat(first.at("/response/max_output_tokens").asLong()).isBetween(800L, 999L);
      for (int i = 1; i < 40; i++) {
        assertThat(talk.hearsError("budget_in_use").get("event_id").asString()).isEqualTo("same");
      }
      begins(talk, "r1");
      ends(talk, "r1", 1_000);
      talk.hearsError("budget_exceeded");
      assertThat(talk.client.readClose().closeCode()).isEqualTo(4029);
      assertThat(talk.upstream.readClose().closeCode()).isEqualTo(4029);
    }
  }

  @Test
  void hasNoMoreThanItsBudgetByAskingInManySessions() {
    String user = gateway.newUser();
    List<Talk> talks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      talks.add(talk(user, "thousand"));
      talks.get(i).client.send(quoted(OUT_OF_BAND));
      if (i == 0) {
        talks.get(0).isSent("response.create");
      }
    }
    talks.subList(1, 4).forEach(talk -> talk.hearsError("budget_in_use"));

    // What the session that holds it leaves is there for the others.
    begins(talks.get(0), "r1");
    ends(talks.get(0), "r1", 100);
    talks.get(1).client.send(quoted(OUT_OF_BAND));
    assertThat(talks.get(1).isSent("response.create").at("/response/max_output_tokens").asLong())
        .isBetween(600L, 900L);
    talks.forEach(Talk::close);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void losesNothingToAResponseThatTheUpstreamWillNotMake(boolean named) {
    try (Talk talk = talk(gateway.newUser(), "session-thousand")) {
      for (int i = 0; i < 5; i++) {
        talk.client.send(quoted(OUT_OF_BAND));
        String id = talk.isSent("response.create").get("event_id").asString();
        assertThat(id).isNotEqualTo("same");

        talk.upstream.send(
            quoted(
                    "{'type':'error','error':{'code':'conversation_already_has_active_response',"
                        + "'event_id':%s}}")
                .formatted(named ? "\"" + id + "\"" : "null"));

        JsonNode error = talk.hearsError("conversation_already_has_active_response");
        assertThat(error.get("event_id").asString("")).isEqualTo("same");
      }
    }
  }

  @Test
  void hasSoManyResponsesInFlightAndNoMore() {
    try (Talk talk =
        new Talk(
            gateway.connect(gateway.newUser(), "unlimited", "gpt-realtime-2.1"),
            gateway.upstream().take().accept())) {
      for (int i = 0; i < 16; i++) {
        talk.client.send(quoted(OUT_OF_BAND));
        talk.isSent("response.create");
      }
      talk.client.send(quoted(OUT_OF_BAND));

      talk.hearsError("too_many_responses");
      begins(talk, "r1");
      ends(talk, "r1", 1);
      talk.client.send(quoted(OUT_OF_BAND));
      talk.isSent("response.create");
    }
  }

  @Test
  void paysForWhatItHadReadBeforeItHungUp() {
    String words = "x".repeat(300_000);
    try (Talk talk = talk(gateway.newUser(), "dollar")) {
      talk.client.send(
          quoted(
              "{'type':'conversation.item.create','item':{'type':'message','role':'user',"
                  + "'content':[{'type':'input_text','text':'"
                  + words
                  + "'}]}}"));
      talk.isSent("conversation.item.create");
      talk.client.send(quoted("{'type':'response.create'}"));
      talk.isSent("response.create");
      begins(talk, "r1");
      talk.upstream.close();
      talk.client.readClose();
    }
    gateway.running().awaitLog("\"responses\":1,\"transcriptions\":0,\"inputTokens\":100");
  }

  @Test
  void paysForWhatItHadWrittenDownAndDidNotWaitFor() {
    try (Talk talk = talk(gateway.newUser(), "transcribed")) {
      talk.upstream.send(
          quoted(
              "{'type':'session.updated','session':{'audio':{'input':{'transcription':"
                  + "{'model':'whisper-1'}}}}}"));
      talk.hears("session.updated");
      for (int i = 0; i < 3; i++) {
        talk.client.send(
            quoted("{'type':'input_audio_buffer.append','audio':'" + "A".repeat(640_000) + "'}"));
        talk.client.send(quoted("{'type':'input_audio_buffer.commit'}"));
        talk.isSent("input_audio_buffer.append");
        talk.isSent("input_audio_buffer.commit");
      }
      talk.client.close();
      talk.isSent("response.cancel");
      talk.upstream.close();
    }
    // Thirty seconds at 0.006 dollars a minute.
    gateway
        .running()
        .awaitLog(
            "\"transcriptions\":3,\"inputTokens\":0,\"cachedTokens\":0,\"outputTokens\":0,\"usd\":0.003}");
  }

  @Test
  void doesNotStretchItsSpeechByChangingTheFormatBackAndForth() {
    String format = quoted("{'type':'session.update','session':{'audio':{'input':{'format':%s}}}}");
    try (Talk talk =
        new Talk(
            gateway.connect(gateway.newUser(), "little-audio", "gpt-realtime-2.1"),
            gateway.upstream().take().accept())) {
      talk.client.send(format.formatted(quoted("{'type':'audio/pcm','rate':24000}")));
      talk.client.send(format.formatted(quoted("{'type':'audio/pcmu'}")));
      talk.client.send(format.formatted(quoted("{'type':'audio/pcm','rate':24000}")));
      // The upstream has taken the first of them; by the second, this is 24 seconds.
      talk.upstream.send(
          quoted(
              "{'type':'session.updated','session':{'audio':{'input':{'format':"
                  + "{'type':'audio/pcm','rate':24000}}}}}"));
      talk.hears("session.updated");

      talk.client.send(
          quoted("{'type':'input_audio_buffer.append','audio':'" + "A".repeat(256_000) + "'}"));

      talk.hearsError("rate_limit_exceeded");
    }
  }

  @ParameterizedTest
  @CsvSource({"one-per-user, 4029", "one, 4029"})
  void hasItsPlacesFromItsAuthenticationOn(String tier, int close) {
    String user = gateway.newUser();
    String token = TieredGateway.token(user, tier);
    for (int round = 0; round < 2; round++) {
      try (TestClient idle = gateway.running().connect().authenticate(token);
          TestClient second = gateway.running().connect().authenticate(token)) {
        assertThat(json(second.readText()).at("/error/code").asString())
            .isEqualTo("too_many_sessions");
        assertThat(second.readClose().closeCode()).isEqualTo(close);
        idle.connectRealtime();
        try (TestUpstream.Connection opened = gateway.upstream().take().accept()) {
          opened.send("{}");
          assertThat(idle.readText()).isEqualTo("{}");
        }
      }
      gateway.running().awaitNoConnections();
    }
  }
}
