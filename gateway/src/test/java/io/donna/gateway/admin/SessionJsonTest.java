package io.donna.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.donna.gateway.calls.Call;
import io.donna.gateway.event.Json;
import io.donna.gateway.kit.Choices;
import io.donna.gateway.kit.Property;
import io.donna.gateway.metering.Payer;
import io.donna.gateway.session.SessionSnapshot;
import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.websocket.CloseReason;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class SessionJsonTest {
  private static final List<String> TEXTS =
      List.of("", "ann", "anonymous", "\"\\\u0000\n", "\uD83D\uDE00 é", "null");

  @Test
  void readsWhatItHasWritten() {
    Property.holds(
        500,
        choices -> {
          SessionSnapshot session = session(choices);
          assertThat(SessionJson.read(parsed(SessionJson.of(session).toString())))
              .isEqualTo(session);
        });
  }

  private static JsonNode parsed(String json) {
    return Json.ofDocuments(8).read(json.getBytes(StandardCharsets.UTF_8));
  }

  private static SessionSnapshot session(Choices choices) {
    return new SessionSnapshot(
        choices.of(TEXTS),
        choices.yes()
            ? Payer.anonymous(text(choices))
            : new Payer(choices.of(TEXTS), text(choices), text(choices)),
        choices.of(TEXTS),
        choices.of(TEXTS),
        choices.of(TEXTS),
        choices.of(List.of(SessionState.values())),
        Instant.ofEpochSecond(choices.number(), choices.upTo(999_999_999)),
        text(choices),
        text(choices),
        choices.upTo(1_000),
        choices.upTo(1_000),
        choices.yes() ? Optional.empty() : Optional.of((long) choices.upTo(100_000)),
        new Call.Usage(
            choices.upTo(1_000_000),
            choices.upTo(1_000_000),
            BigDecimal.valueOf(choices.upTo(1_000_000), choices.upTo(9))),
        choices.yes()
            ? Optional.empty()
            : Optional.of(
                new SessionSnapshot.End(
                    Instant.ofEpochSecond(choices.upTo(1_000_000)),
                    new CloseReason(1000 + choices.upTo(3_999), choices.of(TEXTS)),
                    choices.yes(),
                    text(choices))));
  }

  private static Optional<String> text(Choices choices) {
    return choices.yes() ? Optional.empty() : Optional.of(choices.of(TEXTS));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "[]", "3", "{\"id\":3}", "{\"id\":\"a\",\"address\":null}"})
  void refusesWhatIsNoSession(String json) {
    assertThatIllegalArgumentException().isThrownBy(() -> SessionJson.read(parsed(json)));
  }
}
