package io.donna.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordedTest {
  @TempDir private Path folder;

  @Test
  void namesWhatBecameWorseByMoreThanATenth() {
    Recorded recorded = new Recorded(folder.resolve("ratios.txt"));
    recorded.keep(Map.of("voice.cpu/nginx", 1.0, "voice.p99/nginx", 1.0, "idle.base/node", 2.0));

    assertThat(
            recorded.worse(
                Map.of("voice.cpu/nginx", 1.2, "voice.p99/nginx", 1.05, "flood.cpu/nginx", 9.0)))
        .containsExactly("worse: voice.cpu/nginx is 1.20, and was 1.00");
  }

  @Test
  void keepsWhatWasNotMeasuredThisTime() throws Exception {
    Path file = folder.resolve("ratios.txt");
    new Recorded(file).keep(Map.of("voice.cpu/nginx", 1.0, "idle.base/node", 2.0));
    new Recorded(file).keep(Map.of("voice.cpu/nginx", 0.9));

    assertThat(Files.readAllLines(file))
        .filteredOn(line -> !line.startsWith("#"))
        .containsExactly("idle.base/node 2.00", "voice.cpu/nginx 0.90");
  }
}
