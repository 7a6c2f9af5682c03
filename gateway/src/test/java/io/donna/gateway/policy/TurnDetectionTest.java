package io.donna.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.policy.TurnDetection.Settings;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What the upstream is told of turns, and what the client sees of it. Apostrophes for quotes. */
class TurnDetectionTest {
  private final TurnDetection detection = new TurnDetection();

  private static ObjectNode session(String turnDetection) {
    String text =
        turnDetection.isEmpty()
            ? "{'audio':{}}"
            : "{'audio':{'input':{'turn_detection':" + turnDetection + "}}}";
    return (ObjectNode) JsonMapper.shared().readTree(text.replace('\'', '"'));
  }

  /** The client asks, and the upstream takes it. */
  private ObjectNode update(String asked) {
    ObjectNode session = session(asked);
    Settings settings = TurnDetection.strip(session);
    detection.apply(session, settings);
    return session;
  }

  private String restored(ObjectNode session) {
    detection.restore(session);
    return session.at("/audio/input/turn_detection").toString().replace('"', '\'');
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'type':'server_vad'} | {'type':'server_vad','create_response':false}",
        "{'type':'server_vad','create_response':true,'idle_timeout_ms':5000} |"
            + " {'type':'server_vad','create_response':false}",
        "{'type':'semantic_vad','create_response':false} |"
            + " {'type':'semantic_vad','create_response':false}",
        "null | null",
      })
  void neverLetsTheUpstreamAnswerByItself(String asked, String sent) {
    ObjectNode session = session(asked);

    TurnDetection.strip(session);

    assertThat(session).isEqualTo(session(sent));
  }

  @Test
  void answersTurnsUnlessTheClientDoesNotWantIt() {
    assertThat(detection.answersTurns()).isTrue();
    update("{'type':'server_vad','create_response':false}");
    assertThat(detection.answersTurns()).isFalse();
    update("{'type':'server_vad','threshold':0.5}");
    assertThat(detection.answersTurns()).isFalse();
    update("{'type':'semantic_vad'}"); // another type starts from the defaults
    assertThat(detection.answersTurns()).isTrue();
    update("{'type':'semantic_vad','create_response':false}");
    update("{'type':'semantic_vad','create_response':true}");
    assertThat(detection.answersTurns()).isTrue();
  }

  @Test
  void showsTheClientWhatItAskedFor() {
    ObjectNode session =
        update("{'type':'server_vad','create_response':true,'idle_timeout_ms':6000}");

    assertThat(detection.idleMillis()).isEqualTo(OptionalLong.of(6_000));
    assertThat(restored(session))
        .isEqualTo("{'type':'server_vad','create_response':true,'idle_timeout_ms':6000}");
    assertThat(restored(update("{'type':'server_vad','create_response':false}")))
        .isEqualTo("{'type':'server_vad','create_response':false,'idle_timeout_ms':6000}");
    assertThat(restored(session("{'type':'server_vad'}")))
        .isEqualTo("{'type':'server_vad','idle_timeout_ms':6000}");
    update("{'type':'server_vad','idle_timeout_ms':null}");
    assertThat(detection.idleMillis()).isEmpty();
    assertThat(restored(session("{'type':'server_vad'}")))
        .isEqualTo("{'type':'server_vad','idle_timeout_ms':null}");
    update("{'type':'semantic_vad','idle_timeout_ms':7000}");
    assertThat(detection.idleMillis()).isEmpty();
    assertThat(restored(session("{'type':'semantic_vad','create_response':false}")))
        .isEqualTo("{'type':'semantic_vad','create_response':true}");
    assertThat(restored(session(""))).isEmpty();
    update("null");
    update("{'type':'server_vad'}");
    assertThat(detection.idleMillis()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "{'type':'server_vad'}",
        "{'create_response':true}",
        "{'create_response':false,'idle_timeout_ms':null}",
        "{'idle_timeout_ms':5000}",
        "{'idle_timeout_ms':30000}"
      })
  void takesWhatAnUpstreamWouldTake(String asked) {
    assertThat(TurnDetection.judge(session(asked))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'create_response':null}",
        "{'create_response':'true'}",
        "{'create_response':1,'idle_timeout_ms':5000}",
        "{'idle_timeout_ms':4999}",
        "{'idle_timeout_ms':30001}",
        "{'idle_timeout_ms':'5000'}",
        "{'idle_timeout_ms':5000.5}",
        "{'idle_timeout_ms':99999999999999999999}",
        "{'idle_timeout_ms':true}"
      })
  void refusesWhatNoUpstreamTakes(String asked) {
    assertThat(TurnDetection.judge(session(asked)).map(PolicyRefusal::code))
        .contains("invalid_value");
  }
}
