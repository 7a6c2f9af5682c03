package io.donna.gateway.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelRetirementsTest {
  private final ModelRetirements retirements = ModelRetirements.ofJar();

  @Test
  void knowsTheDayAndTheSuccessor() {
    assertThat(retirements.of("gpt-realtime"))
        .contains(
            new ModelRetirements.Retirement(
                Instant.parse("2027-01-20T00:00:00Z"), "gpt-realtime-2.1"));
    assertThat(retirements.of("gpt-4o-mini-transcribe-2025-12-15"))
        .map(ModelRetirements.Retirement::end)
        .contains(Instant.parse("2027-02-26T00:00:00Z"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt-realtime-2.1", "gpt-realtime-2", "gpt-transcribe", "", "my-model"})
  void knowsNothingOfOthers(String model) {
    assertThat(retirements.of(model)).isEmpty();
  }
}
