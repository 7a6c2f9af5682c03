package io.donna.gateway.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.SessionDefaults;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SessionUpdateTest {
  static Stream<Arguments> updates() {
    return Stream.of(
        Arguments.of(
            defaults("Be \"brief\".\n", "", false), "'instructions':'Be \\\"brief\\\".\\n'"),
        Arguments.of(defaults("", "marin", false), "'audio':{'output':{'voice':'marin'}}"),
        Arguments.of(
            defaults("", "", true), "'audio':{'input':{'turn_detection':{'type':'server_vad'}}}"),
        Arguments.of(
            defaults("Hallo", "marin", true),
            "'instructions':'Hallo','audio':{'input':{'turn_detection':{'type':'server_vad'}},"
                + "'output':{'voice':'marin'}}"));
  }

  private static SessionDefaults defaults(String instructions, String voice, boolean serverVad) {
    return new SessionDefaults(
        Optional.of(instructions).filter(text -> !text.isEmpty()),
        Optional.of(voice).filter(name -> !name.isEmpty()),
        serverVad);
  }

  @ParameterizedTest
  @MethodSource("updates")
  void holdsWhatIsSetAndNothingElse(SessionDefaults defaults, String session) {
    assertThat(SessionUpdate.of(defaults))
        .isEqualTo(
            "{'type':'session.update','session':{'type':'realtime',%s}}"
                .formatted(session)
                .replace('\'', '"'));
  }
}
