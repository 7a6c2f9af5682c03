package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.calls.TurnView;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.telemetry.Trigger;
import io.donna.gateway.telemetry.TurnStatus;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What an operator is told of sessions, live and ended. */
class SessionRegistryTest {
  @AutoClose private final TestUpstream upstream = TestUpstream.start();
  @AutoClose private final RunningGateway gateway = RunningGateway.behind(upstream).start();

  private List<SessionSnapshot> views() {
    return gateway.gateway().sessions().views();
  }

  private SessionSnapshot onlyOne() {
    await("one session").until(() -> views().size() == 1);
    return views().getFirst();
  }

  private Talk talk() {
    return new Talk(gateway.connectDropInAs("ann"), upstream.take().accept());
  }

  @Test
  void tellsWhoIsConnectedAndHowFarTheyAre() {
    try (TestClient client = gateway.connect()) {
      assertThat(onlyOne().state()).isEqualTo(SessionState.AUTHENTICATING);
      assertThat(onlyOne().payer().isAnonymous()).isTrue();
      client.authenticate();
      assertThat(onlyOne().state()).isEqualTo(SessionState.READY);
      client.connectRealtime();
      try (TestUpstream.Connection connection = upstream.take()) {
        assertThat(onlyOne().state()).isEqualTo(SessionState.CONNECTING);
        connection.accept();
        await("the upstream").until(() -> onlyOne().state() == SessionState.LIVE);

        SessionSnapshot session = onlyOne();
        assertThat(session.payer().user()).isEqualTo("user123");
        assertThat(session.ip()).isEqualTo("127.0.0.xxx");
        assertThat(session.endpoint()).isEqualTo("/realtime");
        assertThat(session.model()).contains("gpt-realtime-2.1");
        assertThat(session.server()).contains("openai");
        assertThat(session.end()).isEmpty();
      }
    }
  }

  @Test
  void drawsEachTurnWithoutAWordOfIt() {
    try (Talk talk = talk()) {
      talk.passes("{\"type\":\"input_audio_buffer.speech_started\",\"item_id\":\"i1\"}");
      talk.passes("{\"type\":\"input_audio_buffer.speech_stopped\",\"item_id\":\"i1\"}");
      talk.passes("{\"type\":\"response.created\",\"response\":{\"id\":\"r1\"}}");
      talk.passes(
          "{\"type\":\"response.output_item.added\",\"item\":{\"type\":\"function_call\","
              + "\"name\":\"look_up\"}}");
      talk.passes(
          "{\"type\":\"response.output_audio.delta\",\"delta\":\"" + "AAAA".repeat(1_600) + "\"}");
      talk.passes("{\"type\":\"input_audio_buffer.speech_started\",\"item_id\":\"i2\"}");
      talk.passes(
          "{\"type\":\"response.done\",\"response\":{\"id\":\"r1\",\"status\":\"cancelled\","
              + "\"usage\":{\"input_tokens\":10,\"output_tokens\":20}}}");

      await("the turn's end").until(() -> onlyOne().turns() == 2);
      SessionDetail detail = gateway.gateway().sessions().find(onlyOne().id()).orElseThrow();
      TurnView first = detail.turns().getFirst();
      assertThat(first.trigger()).isEqualTo(Trigger.SERVER_VAD);
      assertThat(first.status()).contains(TurnStatus.CANCELLED);
      assertThat(first.tools()).containsExactly("look_up");
      assertThat(first.audioMs()).isEqualTo(100);
      assertThat(first.inputTokens()).isEqualTo(10);
      assertThat(first.outputTokens()).isEqualTo(20);
      assertThat(first.usd()).isPositive();
      assertThat(first.waitMs()).isPresent();
      assertThat(
              List.of(
                  first.speechStart().orElseThrow(),
                  first.speechEnd().orElseThrow(),
                  first.started().orElseThrow(),
                  first.firstAudio().orElseThrow(),
                  first.interrupted().orElseThrow(),
                  first.silent().orElseThrow()))
          .isSorted();
      TurnView second = detail.turns().getLast();
      assertThat(second.speechStart()).isPresent();
      assertThat(second.started()).isEmpty();
      assertThat(detail.session().interruptions()).isEqualTo(1);
      assertThat(detail.session().usage().outputTokens()).isEqualTo(20);
    }
  }

  @Test
  void remembersWhyASessionEnded() {
    try (Talk talk = talk()) {
      talk.hearsNothing();
      talk.client.sendClose(4321, "enough");
    }
    await("the end").until(() -> !gateway.gateway().sessions().ended().isEmpty());

    SessionSnapshot last = gateway.gateway().sessions().ended().getFirst();
    assertThat(last.state()).isEqualTo(SessionState.ENDED);
    assertThat(last.end().orElseThrow().reason().code()).isEqualTo(4321);
    assertThat(last.end().orElseThrow().reason().text()).isEqualTo("enough");
    assertThat(last.end().orElseThrow().byClient()).isTrue();
    assertThat(last.model()).contains("gpt-realtime-2.1");
    assertThat(last.server()).contains("openai");
    assertThat(gateway.gateway().sessions().find(last.id()).map(SessionDetail::session))
        .isEqualTo(Optional.of(last));
    assertThat(views()).isEmpty();
  }

  /** Anybody can connect and leave, as often as the rate allows. */
  @Test
  void remembersACallThatEndedBeforeAThousandStrangersWere() {
    try (Talk talk = talk()) {
      talk.client.sendClose(1000, "");
    }
    await("the end").until(() -> !gateway.gateway().sessions().ended().isEmpty());

    for (int i = 0; i < 1_001; i++) {
      try (TestClient stranger = gateway.connect()) {
        assertThat(stranger.status()).isEqualTo(101);
      }
    }
    await("the strangers' ends").until(() -> views().isEmpty());

    List<SessionSnapshot> ended = gateway.gateway().sessions().ended();
    assertThat(ended).hasSize(SessionRegistry.MOST_STRANGERS + 1);
    assertThat(ended.getLast().payer().user()).isEqualTo("ann");
    assertThat(gateway.gateway().sessions().find(ended.getLast().id())).isPresent();
  }

  @Test
  void keepsTheLatestTurnsOfALongCall() {
    try (Talk talk = talk()) {
      for (int i = 0; i < 60; i++) {
        talk.passes("{\"type\":\"response.created\",\"response\":{\"id\":\"r" + i + "\"}}");
        talk.passes(
            "{\"type\":\"response.done\",\"response\":{\"id\":\"r"
                + i
                + "\",\"status\":\"completed\"}}");
      }
      await("the last turn").until(() -> onlyOne().turns() == 60);
      List<TurnView> turns =
          gateway.gateway().sessions().find(onlyOne().id()).orElseThrow().turns();
      assertThat(turns).hasSize(50);
      assertThat(turns.getFirst().number()).isEqualTo(11);
    }
  }
}
