package io.donna.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The metrics that a gateway shows of what its clients and upstreams do. */
class TelemetryTest {
  /** Of the gateway's own names and of OpenTelemetry's for clients of models. */
  private static final Pattern SAMPLE =
      Pattern.compile("(?m)^((?:donna|gen_ai)_[^ ]+) ([0-9.E+-]+)$");

  private static final String AUDIO = "AAAA".repeat(1_600); // 100 ms of PCM at 24 kHz

  @AutoClose private final TestUpstream upstream = TestUpstream.start();

  @AutoClose
  private final RunningGateway gateway =
      RunningGateway.behind(upstream).with("RATE_LIMIT_MAX_REQUESTS", "100000").start();

  private Map<String, Double> samples() {
    Map<String, Double> samples = new TreeMap<>();
    Matcher matcher = SAMPLE.matcher(gateway.gateway().telemetry().text());
    while (matcher.find()) {
      samples.put(matcher.group(1), Double.valueOf(matcher.group(2)));
    }
    return samples;
  }

  private double sample(String name) {
    return samples().getOrDefault(name, 0.0);
  }

  private void awaitSample(String name, double value) {
    await(name + " of " + value)
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(samples()).containsEntry(name, value));
  }

  private Talk talk() {
    return new Talk(gateway.connectDropInAs("ann"), upstream.take().accept());
  }

  private static String audio() {
    return "{\"type\":\"response.output_audio.delta\",\"response_id\":\"r1\",\"delta\":\""
        + AUDIO
        + "\"}";
  }

  private static String created(String id) {
    return "{\"type\":\"response.created\",\"response\":{\"id\":\"" + id + "\"}}";
  }

  private static String done(String id, String status) {
    return "{\"type\":\"response.done\",\"response\":{\"id\":\""
        + id
        + "\",\"status\":\""
        + status
        + "\",\"usage\":{\"input_tokens\":100,\"input_token_details\":{\"audio_tokens\":80,"
        + "\"text_tokens\":20},\"output_tokens\":50,\"output_token_details\":{\"audio_tokens\":50}}}}";
  }

  @Test
  void measuresHowLongASpeakerWaitsForTheFirstAudio() {
    try (Talk talk = talk()) {
      talk.passes("{\"type\":\"input_audio_buffer.speech_started\",\"item_id\":\"i1\"}");
      talk.passes("{\"type\":\"input_audio_buffer.speech_stopped\",\"item_id\":\"i1\"}");
      talk.passes("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"i1\"}");
      talk.passes(created("r1"));
      pause(200);
      talk.passes(audio());
      talk.passes(audio());
      talk.passes(done("r1", "completed"));

      awaitSample("donna_turns_total{status=\"completed\",trigger=\"server_vad\"}", 1);
      String wait = "donna_turn_first_audio_seconds_%s{trigger=\"server_vad\"}";
      assertThat(sample(wait.formatted("count"))).isEqualTo(1);
      assertThat(sample(wait.formatted("sum"))).isBetween(0.2, 5.0);
      assertThat(sample("donna_speech_seconds_total{direction=\"down\"}"))
          .isCloseTo(0.2, within(1e-6));
      assertThat(
              sample(
                  "donna_tokens_total{direction=\"input\",modality=\"audio\",model=\"gpt-realtime-2.1\"}"))
          .isEqualTo(80);
      assertThat(sample("donna_cost_usd_total{kind=\"response\",model=\"gpt-realtime-2.1\"}"))
          .isPositive();
    }
  }

  @Test
  void tellsCommittedSpeechTypedWordsToolsAndBareRequestsApart() {
    try (Talk talk = talk()) {
      talk.client.send("{\"type\":\"input_audio_buffer.commit\"}");
      talk.passes("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"i1\"}");
      answer(talk, "r1");
      talk.passes(item("message\",\"role\":\"user"));
      answer(talk, "r2");
      talk.passes(item("function_call_output"));
      answer(talk, "r3");
      answer(talk, "r4");

      for (String trigger : new String[] {"commit", "text", "tool", "request"}) {
        awaitSample("donna_turns_total{status=\"completed\",trigger=\"" + trigger + "\"}", 1);
        assertThat(sample("donna_turn_first_audio_seconds_count{trigger=\"" + trigger + "\"}"))
            .as(trigger)
            .isEqualTo(1);
      }
    }
  }

  private static String item(String type) {
    return "{\"type\":\"conversation.item.added\",\"item\":{\"type\":\"" + type + "\"}}";
  }

  private static void answer(Talk talk, String id) {
    talk.client.send("{\"type\":\"response.create\"}");
    talk.passes(created(id));
    talk.passes(audio());
    talk.passes(done(id, "completed"));
  }

  @Test
  void measuresHowLongABargeInTakesToSilenceTheAnswer() {
    try (Talk talk = talk()) {
      talk.passes(created("r1"));
      talk.passes(audio());
      talk.passes("{\"type\":\"input_audio_buffer.speech_started\",\"item_id\":\"i2\"}");
      pause(100);
      talk.passes(done("r1", "cancelled"));

      awaitSample("donna_turns_total{status=\"cancelled\",trigger=\"request\"}", 1);
      assertThat(sample("donna_turn_interruptions_total")).isEqualTo(1);
      assertThat(sample("donna_interruption_to_silence_seconds_sum")).isBetween(0.1, 5.0);
    }
  }

  @Test
  void countsAnInterruptionOfAnAnswerThatIsStillPlayedAndSilenceAtItsTruncation() {
    try (Talk talk = talk()) {
      talk.passes(created("r1"));
      for (int i = 0; i < 100; i++) {
        talk.passes(audio());
      }
      talk.passes(done("r1", "completed"));
      talk.passes("{\"type\":\"input_audio_buffer.speech_started\",\"item_id\":\"i2\"}");
      talk.passes("{\"type\":\"conversation.item.truncated\",\"item_id\":\"i1\"}");

      awaitSample("donna_turn_interruptions_total", 1);
      awaitSample("donna_interruption_to_silence_seconds_count", 1);
    }
  }

  @Test
  void countsSessionsByStateAndTheirEndsByReason() {
    try (TestClient waiting = gateway.connect();
        Talk talk = talk()) {
      assertThat(waiting.status()).isEqualTo(101);
      awaitSample(
          "donna_sessions{endpoint=\"/realtime\",protocol=\"realtime\",state=\"authenticating\"}",
          1);
      awaitSample(
          "donna_sessions{endpoint=\"/v1/realtime\",protocol=\"realtime\",state=\"live\"}", 1);
      awaitSample("donna_connections{family=\"ipv4\"}", 2);
      talk.client.sendClose(1000, "");
    }
    awaitSample("donna_session_ends_total{reason=\"normal\"}", 1);
    awaitSample(
        "donna_sessions{endpoint=\"/v1/realtime\",protocol=\"realtime\",state=\"live\"}", 0);
    awaitSample("donna_connections{family=\"ipv4\"}", 0);
    awaitSample("donna_authentications_total{outcome=\"success\"}", 1);
    awaitSample("donna_authentication_seconds_count", 1);
    awaitSample("donna_upstream_openings_total{outcome=\"opened\",server=\"openai\"}", 1);
  }

  /** Else one client could make the upstream, or an operator, look busy ending calls. */
  @Test
  void countsNoEndByAClientUnderAReasonOfTheGatewaysOwn() {
    int[] gateways = {1002, 1008, 1011, 1012, 1013, 3000, 4003, 4008, 4029, 4030};
    for (int code : gateways) {
      try (TestClient client = gateway.connect()) {
        client.sendClose(code, "Ended by an operator");
        assertThat(client.readClose().closeCode()).isEqualTo(code);
      }
    }

    awaitSample("donna_session_ends_total{reason=\"closed_by_client\"}", gateways.length);
    assertThat(samples())
        .doesNotContainKey("donna_session_ends_total{reason=\"ended_by_operator\"}")
        .doesNotContainKey("donna_session_ends_total{reason=\"upstream_failed\"}");
  }

  @Test
  void countsEachRefusalByItsReason() {
    gateway.get("/health", "Origin", "https://evil.example");
    try (TestClient refused = gateway.connectDropIn("Authorization: Bearer nonsense")) {
      assertThat(refused.status()).isEqualTo(101);
      awaitSample("donna_refusals_total{reason=\"authentication\"}", 1);
      awaitSample("donna_authentications_total{outcome=\"invalid_token\"}", 1);
    }
  }

  @Test
  void addsNoSeriesForWhatClientsAndUpstreamsMakeUp() {
    try (Talk talk = talk()) {
      talk.passes(created("r0"));
      talk.passes(done("r0", "completed"));
    }
    gateway.get("/unknown");
    Random random = new Random(1);
    makeUp(random, "user", 1); // what is not known has its series from then on
    awaitSample("donna_connections{family=\"ipv4\"}", 0);
    Map<String, Double> known = samples();
    assertThat(known.keySet())
        .anyMatch(name -> name.startsWith("gen_ai_client_inference_duration"));
    for (int i = 0; i < 500; i++) {
      String name = "x" + random.nextInt(1 << 30);
      gateway.get("/" + name, "Origin", "https://" + name + ".example");
    }
    for (int i = 0; i < 20; i++) {
      makeUp(random, "user" + i, 25);
    }
    awaitSample("donna_connections{family=\"ipv4\"}", 0);

    assertThat(samples().size() - known.size()).isLessThanOrEqualTo(12);
  }

  /** A session with a made-up model, whose every event, answer and status is made up, too. */
  private void makeUp(Random random, String user, int times) {
    try (TestClient client =
            TestClient.connect(
                gateway.port(),
                "/v1/realtime?model=" + random.nextInt(),
                RunningGateway.bearer(user));
        Talk talk = new Talk(client, upstream.take().accept())) {
      for (int i = 0; i < times; i++) {
        String name = "t" + random.nextInt();
        talk.client.send("{\"type\":\"" + name + "\"}");
        talk.passes("{\"type\":\"" + name + "\"}");
        talk.passes(
            "{\"type\":\"response.created\",\"response\":{\"id\":\""
                + name
                + "\",\"model\":\""
                + name
                + "\"}}");
        talk.passes(
            "{\"type\":\"response.done\",\"response\":{\"id\":\""
                + name
                + "\",\"status\":\""
                + name
                + "\",\"model\":\""
                + name
                + "\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}");
      }
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
