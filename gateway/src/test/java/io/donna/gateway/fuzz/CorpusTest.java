package io.donna.gateway.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.admission.ForwardedForFuzz;
import io.donna.gateway.edge.UpgradeFuzz;
import io.donna.gateway.event.EventScannerFuzz;
import io.donna.gateway.event.StrictScannerFuzz;
import io.donna.gateway.websocket.FramesFuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every input that fuzzing kept holds, and so do inputs beside it. */
class CorpusTest {
  private static final Path CORPUS = Path.of("src/test/resources/corpus");

  private static final int NEIGHBOURS = 10;

  /** Each is played by real sockets. */
  private static final int NEIGHBOURS_OF_SESSION = 3;

  /** A target by the name that the command gives it. */
  record Target(String name, Class<?> type, Consumer<byte[]> run) {
    private List<Path> inputs() throws IOException {
      try (Stream<Path> files = Files.list(CORPUS.resolve(name))) {
        return files.sorted().toList();
      }
    }

    private int neighbours() {
      return type.equals(SessionsFuzz.class) ? NEIGHBOURS_OF_SESSION : NEIGHBOURS;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Target> targets() {
    return List.of(
        new Target("frames", FramesFuzz.class, FramesFuzz::fuzzerTestOneInput),
        new Target("upgrade", UpgradeFuzz.class, UpgradeFuzz::fuzzerTestOneInput),
        new Target("scanner", EventScannerFuzz.class, EventScannerFuzz::fuzzerTestOneInput),
        new Target("strict", StrictScannerFuzz.class, StrictScannerFuzz::fuzzerTestOneInput),
        new Target("forwarded", ForwardedForFuzz.class, ForwardedForFuzz::fuzzerTestOneInput),
        new Target("sessions", SessionsFuzz.class, SessionsFuzz::fuzzerTestOneInput));
  }

  @ParameterizedTest
  @MethodSource("targets")
  void holdsForEveryInputThatWasKept(Target target) throws IOException {
    List<Path> inputs = target.inputs();
    assertThat(inputs).hasSizeGreaterThan(10);
    for (Path input : inputs) {
      expectToHold(target, Files.readAllBytes(input), input.getFileName().toString());
    }
  }

  @ParameterizedTest
  @MethodSource("targets")
  void holdsForInputsThatDifferByAByte(Target target) throws IOException {
    Random random = new Random(1);
    for (Path input : target.inputs()) {
      byte[] bytes = Files.readAllBytes(input);
      for (int i = 0; i < target.neighbours() && bytes.length > 0; i++) {
        byte[] neighbour = Arrays.copyOf(bytes, bytes.length);
        neighbour[random.nextInt(bytes.length)] = (byte) random.nextInt();
        expectToHold(target, neighbour, "a neighbour of " + input.getFileName());
      }
    }
  }

  private static void expectToHold(Target target, byte[] input, String name) {
    try {
      target.run.accept(input);
    } catch (AssertionError | RuntimeException finding) {
      String bytes = HexFormat.of().formatHex(input);
      throw new AssertionError(target.name + ": " + name + ": " + bytes, finding);
    }
  }

  @Test
  void theCommandKnowsEveryTarget() throws IOException {
    String command = Files.readString(Path.of("../donna"));

    for (Target target : targets()) {
      assertThat(command).contains(target.name + ") target=" + target.type.getName());
    }
  }
}
