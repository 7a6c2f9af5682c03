package io.donna.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Whole sessions, in the shapes and the order of real ones, arrive byte for byte on both sides. */
class ReplayTest {
  private static final Path SESSIONS = Path.of("src/test/resources/sessions");

  /** Recordings of the real API, which are not part of the repository. */
  private static final Path RECORDINGS = Path.of("../../shared/realtime/recordings");

  private record Step(boolean sent, String json) {
    static Step of(JsonNode step, ObjectMapper mapper) {
      return new Step(
          step.get("direction").asString().equals("sent"),
          mapper.writeValueAsString(step.get("data")));
    }
  }

  static List<Path> sessions() throws IOException {
    try (Stream<Path> files = Files.list(SESSIONS)) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("sessions")
  void replaysASession(Path session) throws IOException {
    List<Step> steps = new ArrayList<>();
    for (String line : Files.readAllLines(session)) {
      steps.add(Step.of(JsonMapper.shared().readTree(line), JsonMapper.shared()));
    }

    replay(steps);
  }

  @Test
  void replaysTheRecordingsWhereTheyAreThere() throws IOException {
    assumeTrue(Files.isDirectory(RECORDINGS), "the recordings are not here");
    try (Stream<Path> recordings = Files.list(RECORDINGS)) {
      for (Path recording : recordings.sorted().toList()) {
        List<Step> steps = new ArrayList<>();
        for (JsonNode step : YAMLMapper.shared().readTree(recording).get("interactions")) {
          steps.add(Step.of(step, JsonMapper.shared()));
        }
        replay(steps);
      }
    }
  }

  private static void replay(List<Step> steps) throws IOException {
    assertThat(steps).hasSizeGreaterThan(10);
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).start();
        TestClient client = gateway.connectReady()) {
      client.send("{\"type\":\"connect_realtime\"}");
      TestUpstream.Connection opened = upstream.take().accept();
      for (Step step : steps) {
        byte[] payload = step.json.getBytes(StandardCharsets.UTF_8);
        if (step.sent) {
          byte[] frame = client.encode(0x81, payload);
          client.sendRaw(frame);
          assertThat(opened.readFrame().wire()).isEqualTo(frame);
        } else {
          byte[] frame = opened.encode(0x81, payload);
          opened.sendRaw(frame);
          assertThat(client.readFrame().wire()).isEqualTo(frame);
        }
      }
    }
  }
}
