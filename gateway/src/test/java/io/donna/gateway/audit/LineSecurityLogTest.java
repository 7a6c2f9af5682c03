package io.donna.gateway.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.LogFormat;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

public class LineSecurityLogTest {
  private static final MaskedAddress IP = new MaskedAddress("192.168.1.xxx");
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-01T12:00:00.123Z"), ZoneOffset.UTC);

  public static Stream<Arguments> events() {
    return Stream.of(
        Arguments.of(
            new SecurityEvent.ConnectionEstablished(IP, 2),
            "WS_CONNECTION_ESTABLISHED: {#,'totalConnections':2}"),
        Arguments.of(
            new SecurityEvent.ConnectionClosed(IP, 1000, "bye", 1, Optional.empty()),
            "WS_CONNECTION_CLOSED: {#,'code':1000,'reason':'bye','remainingConnections':1}"),
        Arguments.of(
            new SecurityEvent.ConnectionError(IP, "reserved opcode"),
            "WS_CONNECTION_ERROR: {#,'error':'reserved opcode'}"),
        Arguments.of(
            new SecurityEvent.ConnectionAuthTimeout(IP), "WS_CONNECTION_AUTH_TIMEOUT: {#}"),
        Arguments.of(
            new SecurityEvent.ConnectionBlockedFeatureDisabled(IP),
            "WS_CONNECTION_BLOCKED_FEATURE_DISABLED: {#}"),
        Arguments.of(
            new SecurityEvent.ConnectionBlockedInvalidOrigin(IP, "https://evil.org"),
            "WS_CONNECTION_BLOCKED_INVALID_ORIGIN: {#,'origin':'https://evil.org'}"),
        Arguments.of(
            new SecurityEvent.ConnectionBlockedRateLimit(IP),
            "WS_CONNECTION_BLOCKED_RATE_LIMIT: {#}"),
        Arguments.of(
            new SecurityEvent.ConnectionBlockedConnectionLimit(IP, 3, 3),
            "WS_CONNECTION_BLOCKED_CONNECTION_LIMIT: {#,'currentConnections':3,'maxAllowed':3}"),
        Arguments.of(
            new SecurityEvent.ConnectionBlockedCapacity(IP), "WS_CONNECTION_BLOCKED_CAPACITY: {#}"),
        Arguments.of(
            new SecurityEvent.AuthSuccess(IP, "ann"), "WS_AUTH_SUCCESS: {#,'userId':'ann'}"),
        Arguments.of(new SecurityEvent.AuthFailedNoToken(IP), "WS_AUTH_FAILED_NO_TOKEN: {#}"),
        Arguments.of(
            new SecurityEvent.AuthFailedInvalidToken(IP, Optional.of("ann"), "renewal refused"),
            "WS_AUTH_FAILED_INVALID_TOKEN: {#,'userId':'ann','error':'renewal refused'}"),
        Arguments.of(
            new SecurityEvent.HandshakeTokenIgnored(IP, Optional.of("ann"), Optional.empty()),
            "WS_HANDSHAKE_TOKEN_IGNORED: {#,'userId':'ann'}"),
        Arguments.of(
            new SecurityEvent.AuthUnavailable(IP, "key set unavailable"),
            "WS_AUTH_UNAVAILABLE: {#,'error':'key set unavailable'}"),
        Arguments.of(
            new SecurityEvent.AuthRevoked(IP, "ann"), "WS_AUTH_REVOKED: {#,'userId':'ann'}"),
        Arguments.of(
            new SecurityEvent.HttpAuthFailed(IP, "/v1/x", "jwt expired"),
            "HTTP_AUTH_FAILED: {#,'path':'/v1/x','error':'jwt expired'}"),
        Arguments.of(
            new SecurityEvent.ClientSecretCreated(IP, "ann"),
            "CLIENT_SECRET_CREATED: {#,'userId':'ann'}"),
        Arguments.of(
            new SecurityEvent.HttpAuthUnavailable(IP, "/v1/x", "key set unavailable"),
            "HTTP_AUTH_UNAVAILABLE: {#,'path':'/v1/x','error':'key set unavailable'}"),
        Arguments.of(
            new SecurityEvent.ClientSecretRefused(IP, "ann", "invalid_value"),
            "CLIENT_SECRET_REFUSED: {#,'userId':'ann','error':'invalid_value'}"),
        Arguments.of(
            new SecurityEvent.GuardMatched(IP, "ann", "words", "user", "cancel"),
            "WS_GUARD_MATCHED: {#,'userId':'ann','guard':'words','on':'user','action':'cancel'}"),
        Arguments.of(
            new SecurityEvent.GuardFailed(IP, "ann", "words", "tool_calls", "late", true),
            "WS_GUARD_FAILED: {#,'userId':'ann','guard':'words','on':'tool_calls',"
                + "'failure':'late','passed':true}"),
        Arguments.of(
            new SecurityEvent.RateLimitExceeded(IP, "/test"),
            "HTTP_RATE_LIMIT_EXCEEDED: {#,'path':'/test'}"),
        Arguments.of(
            new SecurityEvent.BlockedInvalidOrigin(IP, "null", "/test"),
            "HTTP_BLOCKED_INVALID_ORIGIN: {#,'origin':'null','path':'/test'}"),
        Arguments.of(
            new SecurityEvent.BlockedInvalidHost(IP, "evil.org", "/test"),
            "HTTP_BLOCKED_INVALID_HOST: {#,'host':'evil.org','path':'/test'}"),
        Arguments.of(
            new SecurityEvent.ConnectionBlockedInvalidHost(IP, "evil.org"),
            "WS_CONNECTION_BLOCKED_INVALID_HOST: {#,'host':'evil.org'}"),
        Arguments.of(
            new SecurityEvent.SecurityAlert(
                "connections_blocked",
                "active",
                BigDecimal.valueOf(120),
                BigDecimal.valueOf(100),
                300,
                Optional.empty()),
            "SECURITY_ALERT: {'alert':'connections_blocked','state':'active','value':120,"
                + "'threshold':100,'window':300}"),
        Arguments.of(
            new SecurityEvent.OperationsAlert(
                "budget_used",
                "resolved",
                new BigDecimal("0.25"),
                new BigDecimal("0.8"),
                0,
                Optional.of("free")),
            "OPERATIONS_ALERT: {'alert':'budget_used','state':'resolved','value':0.25,"
                + "'threshold':0.8,'window':0,'subject':'free'}"),
        Arguments.of(
            new SecurityEvent.UpstreamRateExceeded(IP, "user123"),
            "WS_UPSTREAM_RATE_LIMIT: {#,'userId':'user123'}"),
        Arguments.of(
            new SecurityEvent.ConnectionBlockedAddress(IP), "WS_CONNECTION_BLOCKED_ADDRESS: {#}"),
        Arguments.of(
            new SecurityEvent.BlockedAddress(IP, "/test"),
            "HTTP_BLOCKED_ADDRESS: {#,'path':'/test'}"),
        Arguments.of(
            new SecurityEvent.AdminAction(IP, "ann@example.com", "block", "user bob", "abuse"),
            "ADMIN_ACTION: {#,'actor':'ann@example.com','action':'block','target':'user bob',"
                + "'reason':'abuse'}"),
        Arguments.of(
            new SecurityEvent.AdminAuthFailed(IP, "/api/v1/blocks", "wrong token"),
            "ADMIN_AUTH_FAILED: {#,'path':'/api/v1/blocks','error':'wrong token'}"),
        Arguments.of(
            new SecurityEvent.OfSession(new SecurityEvent.AuthSuccess(IP, "ann"), "7f0c"),
            "WS_AUTH_SUCCESS: {#,'userId':'ann','session':'7f0c'}"),
        Arguments.of(
            new SecurityEvent.Repeated(new SecurityEvent.AuthFailedNoToken(IP), 7),
            "WS_AUTH_FAILED_NO_TOKEN: {#,'repeated':7}"));
  }

  @ParameterizedTest
  @MethodSource("events")
  void writesEveryEventWordForWord(SecurityEvent event, String line) {
    String expected = line.replace("#", "'ip':'192.168.1.xxx'").replace('\'', '"');

    assertThat(line(LogFormat.TEXT, event))
        .isEqualTo(
            "🔒 [SECURITY] "
                + expected.substring(0, expected.length() - 1)
                + ",\"timestamp\":\"2026-03-01T12:00:00.123Z\"}");
  }

  @ParameterizedTest
  @MethodSource("events")
  void writesEveryEventAsOneJsonObject(SecurityEvent event, String line) {
    String name = line.substring(0, line.indexOf(':'));
    String rest = line.substring(line.indexOf('{') + 1).replace("#", "'ip':'192.168.1.xxx'");

    String json = line(LogFormat.JSON, event);
    assertThat(JsonMapper.shared().readTree(json).isObject()).isTrue();
    assertThat(json)
        .startsWith(
            ("{'timestamp':'2026-03-01T12:00:00.123Z','level':'INFO','logger':'security',"
                    + "'event':'"
                    + name
                    + "',"
                    + rest.substring(0, rest.length() - 1)
                    + ",'@timestamp':'2026-03-01T12:00:00.123Z','log.level':'INFO',"
                    + "'log.logger':'security','ecs.version':'8.17.0','service.name':'donna',"
                    + "'event.kind':")
                .replace('\'', '"'));
  }

  @Test
  void saysWhatASessionCameToWhereItAskedForAnUpstream() {
    List<String> lines = new ArrayList<>();
    SessionUsage usage = new SessionUsage("s-1", 2, 1, 30, 20, 40, new BigDecimal("0.0000001"));
    new LineSecurityLog(LogFormat.TEXT, CLOCK, (kind, events, line) -> lines.add(line))
        .record(new SecurityEvent.ConnectionClosed(IP, 1001, "", 0, Optional.of(usage)));

    assertThat(lines)
        .containsExactly(
            "🔒 [SECURITY] WS_CONNECTION_CLOSED: {\"ip\":\"192.168.1.xxx\",\"code\":1001,"
                + "\"reason\":\"\",\"remainingConnections\":0,\"usage\":{\"session\":\"s-1\","
                + "\"responses\":2,\"transcriptions\":1,\"inputTokens\":30,\"cachedTokens\":20,"
                + "\"outputTokens\":40,\"usd\":0.0000001},\"timestamp\":\"2026-03-01T12:00:00.123Z\"}");
  }

  @Test
  void hasEveryEventThereIsInItsTable() {
    assertThat(
            events().<Class<?>>map(row -> Objects.requireNonNull(row.get()[0]).getClass()).toList())
        .containsExactlyInAnyOrder(SecurityEvent.class.getPermittedSubclasses());
  }

  static Stream<Arguments> injections() {
    return Stream.of(
        Arguments.of("a\nb", "a\\nb"),
        Arguments.of(
            "a\r\n🔒 [SECURITY] WS_AUTH_SUCCESS: {}",
            "a\\r\\n\\uD83D\\uDD12 [SECURITY] WS_AUTH_SUCCESS: {}"),
        Arguments.of("\u001b[2K\u001b[1A", "\\u001B[2K\\u001B[1A"),
        Arguments.of("\u009b2K", "\\u009B2K"),
        Arguments.of("a\u0085b\u2028c\u2029d", "a\\u0085b\\u2028c\\u2029d"),
        Arguments.of("\u202egnp.exe", "\\u202Egnp.exe"),
        Arguments.of("\"}\n{\"ip\":\"", "\\\"}\\n{\\\"ip\\\":\\\""),
        Arguments.of("\\", "\\\\"),
        Arguments.of("\0\b\t", "\\u0000\\b\\t"),
        Arguments.of("a\u007f\u007f", "a\\u007F\\u007F"),
        Arguments.of("ä🎤", "\\u00E4\\uD83C\\uDFA4"),
        Arguments.of("\ud83c", "\\uD83C"),
        Arguments.of("\udfa4x", "\\uDFA4x"));
  }

  @ParameterizedTest
  @MethodSource("injections")
  void keepsWhatAClientChoseEscapedOnOneLine(String chosen, String written) {
    SecurityEvent event = new SecurityEvent.ConnectionBlockedInvalidOrigin(IP, chosen);

    for (LogFormat format : LogFormat.values()) {
      assertThat(ownFields(format, event)).endsWith("\"origin\":\"" + written + "\"}");
    }
  }

  @Test
  void writesNothingButPrintableAsciiOfAClient() {
    StringBuilder all = new StringBuilder();
    for (char c = 0; c < 0x300; c++) {
      all.setLength(0);
      String line =
          line(LogFormat.JSON, new SecurityEvent.AuthSuccess(IP, all.append(c).toString()));

      assertThat(line.chars()).allMatch(written -> written >= 0x20 && written < 0x7F);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {127, 128, 129, 100_000})
  void cutsWhatAClientChoseTo128Characters(int length) {
    SecurityEvent event =
        new SecurityEvent.BlockedInvalidOrigin(IP, "o".repeat(length), "/" + "p".repeat(length));
    int kept = Math.min(length, 128);

    for (LogFormat format : LogFormat.values()) {
      assertThat(ownFields(format, event))
          .contains("\"origin\":\"" + "o".repeat(kept) + "\"")
          .endsWith("\"path\":\"/" + "p".repeat(Math.min(length, 127)) + "\"}");
    }
  }

  @Test
  void staysJsonThoughItCutsAnEmojiInTwo() {
    SecurityEvent event = new SecurityEvent.AuthSuccess(IP, "x".repeat(127) + "🎤");

    for (LogFormat format : LogFormat.values()) {
      String line = line(format, event);

      assertThat(JsonMapper.shared().readTree(line.substring(line.indexOf('{'))).isObject())
          .isTrue();
    }
  }

  /** A line without the time in text, and without the fields of ECS in JSON. */
  private static String ownFields(LogFormat format, SecurityEvent event) {
    String end = format == LogFormat.TEXT ? ",\"timestamp\":" : ",\"@timestamp\":";
    String line = line(format, event);
    return line.substring(0, line.indexOf(end)) + "}";
  }

  private static String line(LogFormat format, SecurityEvent event) {
    List<String> lines = new ArrayList<>();
    new LineSecurityLog(format, CLOCK, (kind, events, line) -> lines.add(line)).record(event);
    assertThat(lines).hasSize(1);
    return lines.getFirst();
  }
}
