package io.donna.gateway.telemetry.otel;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The header of W3C Trace Context, as clients send it and as they should not. */
class TraceParentTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";
  private static final String VALID = "00-" + TRACE + "-" + SPAN + "-01";

  private static SpanContext parse(String... values) {
    return Span.fromContext(TraceParent.of(List.of(values))).getSpanContext();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        VALID,
        "00-" + TRACE + "-" + SPAN + "-ff",
        "01-" + TRACE + "-" + SPAN + "-01",
        "cc-" + TRACE + "-" + SPAN + "-01-what-comes-later"
      })
  void readsItsIdsAndWhetherItIsSampled(String value) {
    SpanContext parent = parse(value);

    assertThat(parent.isValid()).isTrue();
    assertThat(parent.isRemote()).isTrue();
    assertThat(parent.isSampled()).isTrue();
    assertThat(parent.getTraceId()).isEqualTo(TRACE);
    assertThat(parent.getSpanId()).isEqualTo(SPAN);
    assertThat(parent.getTraceState().isEmpty()).isTrue();
  }

  @Test
  void readsThatItIsNotSampled() {
    assertThat(parse("00-" + TRACE + "-" + SPAN + "-00").isSampled()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "-",
        "00",
        "00-" + TRACE,
        "00-" + TRACE + "-" + SPAN,
        "00-" + TRACE + "-" + SPAN + "-",
        "00-" + TRACE + "-" + SPAN + "-0",
        "00-" + TRACE + "-" + SPAN + "-0g",
        "00-" + TRACE + "-" + SPAN + "-01-more",
        "00-" + TRACE + "-" + SPAN + "-011",
        "00-" + TRACE + "-" + SPAN + "-01, " + VALID,
        " " + VALID,
        VALID + " ",
        "ff-" + TRACE + "-" + SPAN + "-01",
        "0-" + TRACE + "-" + SPAN + "-01",
        "zz-" + TRACE + "-" + SPAN + "-01",
        "00-00000000000000000000000000000000-" + SPAN + "-01",
        "00-" + TRACE + "-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + SPAN + "-01",
        "00-" + TRACE + "-00F067AA0BA902B7-01",
        "00_" + TRACE + "_" + SPAN + "_01",
        "00-ｆbf92f3577b34da6a3ce929d0e0e4736-" + SPAN + "-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473\u0000-" + SPAN + "-01",
        "{\"type\":\"authenticate\"}"
      })
  void takesAMalformedValueForNone(String value) {
    assertThat(parse(value).isValid()).as(value).isFalse();
  }

  @Test
  void takesSeveralHeadersForNone() {
    assertThat(parse(VALID, VALID).isValid()).isFalse();
    assertThat(parse().isValid()).isFalse();
  }

  @Test
  void takesALongOneForNone() {
    assertThat(parse("01-" + TRACE + "-" + SPAN + "-01-" + "a".repeat(1 << 16)).isValid())
        .isFalse();
  }
}
