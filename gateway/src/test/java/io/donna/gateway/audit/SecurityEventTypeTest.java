package io.donna.gateway.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.audit.SecurityEventType.AlertSign;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What each kind of event means to alerts and metrics follows its name, as operators read it. */
class SecurityEventTypeTest {
  @ParameterizedTest
  @EnumSource(SecurityEventType.class)
  void countsForTheAlertThatTheDocumentsName(SecurityEventType type) {
    AlertSign expected =
        type.name().startsWith("WS_CONNECTION_BLOCKED_")
            ? AlertSign.BLOCKED_CONNECTION
            : type.name().matches("(WS|HTTP|ADMIN)_AUTH_FAILED.*")
                ? AlertSign.AUTHENTICATION_FAILURE
                : type.name().equals("HTTP_RATE_LIMIT_EXCEEDED")
                    ? AlertSign.RATE_LIMIT
                    : AlertSign.NONE;

    assertThat(type.alertSign()).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(SecurityEventType.class)
  void givesAReasonForEveryRefusalOfAClient(SecurityEventType type) {
    assertThat(type.refusal().isPresent())
        .isEqualTo(
            type.name()
                .matches(
                    "(WS|HTTP).*_BLOCKED_.*|.*_RATE_LIMIT(_EXCEEDED)?|WS_AUTH_(?!SUCCESS).*"
                        + "|HTTP_AUTH_.*|.*_AUTH_TIMEOUT|CLIENT_SECRET_REFUSED"));
  }

  @Test
  void blamesAnAddressOnlyForWhatItCouldHaveLeftUndone() {
    Set<SecurityEventType> refusalsOfOthersMaking =
        Arrays.stream(SecurityEventType.values())
            .filter(type -> type.refusal().isPresent() && !type.isAttempt())
            .collect(Collectors.toSet());

    assertThat(refusalsOfOthersMaking)
        .containsExactlyInAnyOrder(
            SecurityEventType.WS_CONNECTION_BLOCKED_FEATURE_DISABLED,
            SecurityEventType.WS_CONNECTION_BLOCKED_CAPACITY,
            SecurityEventType.WS_CONNECTION_BLOCKED_ADDRESS,
            SecurityEventType.HTTP_BLOCKED_ADDRESS,
            SecurityEventType.WS_UPSTREAM_RATE_LIMIT,
            SecurityEventType.WS_AUTH_UNAVAILABLE,
            SecurityEventType.HTTP_AUTH_UNAVAILABLE,
            SecurityEventType.WS_AUTH_REVOKED,
            SecurityEventType.CLIENT_SECRET_REFUSED);
  }
}
