package io.donna.gateway.guard;

import static io.donna.gateway.guard.GuardedTalk.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Scale;
import io.donna.gateway.kit.TestUpstream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What it adds to a turn that the gateway answers it in the upstream's place: from the last thing
 * that the upstream says to the request that it hears, the loopback both ways and the test's own
 * threads in it.
 */
@Tag("figure")
class TurnLatencyTest {
  @TempDir Path folder;

  /** Which the first session of a gateway does beside its event loops. */
  @BeforeAll
  static void loadUnicode() {
    TextNormalizer.load();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "without a guard | limits: {responses_per_minute: 1000000}",
        "with a pattern | guards: [{name: g, on: [user], patterns: ['no such'], action: end}]",
      })
  void answersATurnWithinAMillisecond(String name, String tier) {
    boolean guarded = tier.contains("guards");
    int turns = Scale.of(5_000, 100);
    long[] micros = new long[turns];
    try (GuardedHouse house = new GuardedHouse(folder, Map.of("t", tier));
        GuardedTalk talk = house.talk("t")) {
      TestUpstream.Connection upstream = talk.upstream;
      upstream.readText();
      upstream.send(GuardedTalk.session("session.created", "null"));
      upstream.send(GuardedTalk.session("session.updated", "{}"));
      for (int turn = -Scale.of(1_000, 100); turn < turns; turn++) {
        upstream.send(event("{'type':'input_audio_buffer.speech_stopped','item_id':'i'}"));
        String committed = event("{'type':'input_audio_buffer.committed','item_id':'i'}");
        if (guarded) {
          upstream.send(committed);
        }
        while (!talk.client.readText().contains(guarded ? "committed" : "stopped")) {
          // what came before
        }

        long begun = System.nanoTime();
        upstream.send(
            guarded
                ? event(
                    "{'type':'conversation.item.input_audio_transcription.completed',"
                        + "'item_id':'i','transcript':'Hello there, how are you today?'}")
                : committed);
        assertThat(upstream.readText()).contains("response.create");
        long took = System.nanoTime() - begun;

        micros[Math.max(0, turn)] = TimeUnit.NANOSECONDS.toMicros(took);
        upstream.send(GuardedTalk.created("r"));
        upstream.send(GuardedTalk.done("r", "completed"));
      }
    }
    Arrays.sort(micros);
    Scale.figure(
        "a gated turn %s: %d us (median), %d us (p99) of %d",
        name, micros[turns / 2], micros[turns * 99 / 100], turns);
    // The p99 is for quiet machines; elsewhere, that nothing waits for a timer or a second turn,
    // also where little is compiled and other tests run.
    assertThat(micros[turns / 4]).isLessThan(Scale.of(1_000, 5_000));
  }
}
