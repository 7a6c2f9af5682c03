package io.donna.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.admission.AdmissionDecision.Granted;
import io.donna.gateway.admission.AdmissionDecision.Refused;
import io.donna.gateway.admission.Gate.Question;
import io.donna.gateway.audit.MaskedAddress;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.cluster.MemoryCluster;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Settings;
import io.donna.gateway.websocket.BufferedBytesAccount;
import io.donna.gateway.websocket.HeldBytes;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GateTest {
  private static final MaskedAddress IP = new MaskedAddress("192.0.2.xxx");
  private static final String GOOD = "https://app.example.com";
  private static final String EVIL = "https://evil.example.org";

  private static final int SESSIONS = 1_000;

  private final List<SecurityEvent> log = new ArrayList<>();
  private final HeldBytes held = new HeldBytes(1 << 20);

  private Gate gate(String... settings) throws InvalidSettings {
    Map<String, String> variables = new HashMap<>();
    variables.put("ENABLE_WS_PROXY", "true");
    variables.put("OPENAI_REALTIME_URL", "ws://127.0.0.1:9/");
    variables.put("ALLOWED_ORIGINS", GOOD);
    for (int i = 0; i < settings.length; i += 2) {
      variables.put(settings[i], settings[i + 1]);
    }
    Headroom headroom = new Headroom(new FileDescriptorBudget(SESSIONS, 1_000), held);
    return new Gate(
        Settings.read(Environment.of(variables)),
        headroom,
        log::add,
        new Controls(Clock.systemUTC()),
        MemoryCluster.alone());
  }

  private static Question question(String peer, String origin) {
    try {
      return new Question(
          InetAddress.getByName(peer),
          List.of(),
          List.of(),
          Optional.of(origin).filter(text -> !text.isEmpty()),
          Optional.of("localhost:3001"),
          "/realtime");
    } catch (UnknownHostException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static Question rebound() {
    Question question = ask(GOOD);
    return new Question(
        question.peer(),
        List.of(),
        List.of(),
        question.origin(),
        Optional.of("evil.example"),
        question.path());
  }

  private static Question ask(String origin) {
    return question("192.0.2.77", origin);
  }

  private static AdmissionRefusal refusal(AdmissionDecision admission) {
    return ((Refused) admission).why();
  }

  @Test
  void grantsAConnectionThatMayComeIn() throws InvalidSettings {
    Gate gate = gate();

    AdmissionDecision admission = gate.admitConnection(ask(GOOD));

    assertThat(admission).isInstanceOf(Granted.class);
    assertThat(gate.connections().total()).isEqualTo(1);
    ((Granted) admission).lease().release();
    assertThat(gate.connections().total()).isZero();
    assertThat(log).isEmpty();
  }

  @Test
  void asksForTheFlagBeforeTheOrigin() throws InvalidSettings {
    Gate gate = gate("ENABLE_WS_PROXY", "false");

    assertThat(refusal(gate.admitConnection(ask(EVIL)))).isEqualTo(new AdmissionRefusal.Disabled());
    assertThat(log).containsExactly(new SecurityEvent.ConnectionBlockedFeatureDisabled(IP));
    assertThat(refusal(gate.admitRequest(ask(EVIL), true, true)))
        .isEqualTo(new AdmissionRefusal.Disabled());
  }

  @Test
  void asksForTheOriginBeforeTheRate() throws InvalidSettings {
    Gate gate = gate("RATE_LIMIT_MAX_REQUESTS", "1");
    for (int i = 0; i < 5; i++) {
      assertThat(refusal(gate.admitConnection(ask(EVIL))))
          .isEqualTo(new AdmissionRefusal.OriginNotAllowed(EVIL));
    }

    AdmissionDecision good = gate.admitConnection(ask(GOOD));

    assertThat(good).isInstanceOf(Granted.class);
    assertThat(log)
        .hasSize(5)
        .containsOnly(new SecurityEvent.ConnectionBlockedInvalidOrigin(IP, EVIL));
  }

  @Test
  void asksForTheHostBeforeTheOrigin() throws InvalidSettings {
    Gate gate = gate("ALLOWED_ORIGINS", "https://another.example");

    assertThat(refusal(gate.admitConnection(rebound())))
        .isEqualTo(new AdmissionRefusal.HostNotAllowed("evil.example"));
    assertThat(refusal(gate.admitRequest(rebound(), true, true)))
        .isEqualTo(new AdmissionRefusal.HostNotAllowed("evil.example"));

    assertThat(log)
        .containsExactly(
            new SecurityEvent.ConnectionBlockedInvalidHost(IP, "evil.example"),
            new SecurityEvent.BlockedInvalidHost(IP, "evil.example", "/realtime"));
  }

  @Test
  void answersAnyHostWhereNothingIsLimited() throws InvalidSettings {
    assertThat(gate().admitRequest(rebound(), false, false)).isInstanceOf(Granted.class);
  }

  @Test
  void refusesConnectionsWhileMemoryIsShort() throws InvalidSettings {
    Gate gate = gate();
    assertThat(gate.isShortOfMemory()).isFalse();
    BufferedBytesAccount greedy = new BufferedBytesAccount(held);
    greedy.set(600 << 10);

    assertThat(gate.isShortOfMemory()).isTrue();
    assertThat(gate.isShort(0)).isTrue();
    assertThat(refusal(gate.admitConnection(ask(GOOD)))).isEqualTo(new AdmissionRefusal.Full());

    greedy.set(0);
    assertThat(gate.isShortOfMemory()).isFalse();
    assertThat(gate.admitConnection(ask(GOOD))).isInstanceOf(Granted.class);
    assertThat(log).containsExactly(new SecurityEvent.ConnectionBlockedCapacity(IP));
  }

  @Test
  void isShortWhenOpenAndFurtherConnectionsNeedAllDescriptors() throws InvalidSettings {
    Gate gate = gate();
    gate.admitConnection(ask(GOOD));

    assertThat(gate.isShort(0)).isFalse();
    assertThat(gate.isShort(SESSIONS - 2)).isFalse();
    assertThat(gate.isShort(SESSIONS - 1)).isTrue();
  }

  @Test
  void asksForTheRateBeforeTheConnections() throws InvalidSettings {
    Gate gate = gate("RATE_LIMIT_MAX_REQUESTS", "2", "MAX_CONNECTIONS_PER_IP", "1");
    gate.admitConnection(ask(GOOD));

    AdmissionRefusal second = refusal(gate.admitConnection(ask(GOOD)));
    AdmissionRefusal third = refusal(gate.admitConnection(ask(GOOD)));

    assertThat(second).isEqualTo(new AdmissionRefusal.TooManyConnections(1, 1));
    assertThat(third).isInstanceOf(AdmissionRefusal.RateExceeded.class);
    assertThat(log)
        .containsExactly(
            new SecurityEvent.ConnectionBlockedConnectionLimit(IP, 1, 1),
            new SecurityEvent.ConnectionBlockedRateLimit(IP));
  }

  @Test
  void isFullAtItsLimitAndWhenItCloses() throws InvalidSettings {
    Gate gate = gate("MAX_CONNECTIONS", "1");
    Granted granted = (Granted) gate.admitConnection(ask(GOOD));

    assertThat(refusal(gate.admitConnection(question("198.51.100.1", GOOD))))
        .isEqualTo(new AdmissionRefusal.Full());
    granted.lease().release();
    assertThat(gate.isClosing()).isFalse();
    gate.close();
    assertThat(gate.isClosing()).isTrue();
    assertThat(refusal(gate.admitConnection(ask(GOOD)))).isEqualTo(new AdmissionRefusal.Full());

    assertThat(log)
        .containsExactly(
            new SecurityEvent.ConnectionBlockedCapacity(new MaskedAddress("198.51.100.xxx")),
            new SecurityEvent.ConnectionBlockedCapacity(IP));
  }

  @Test
  void countsRequestsAndConnectionsApart() throws InvalidSettings {
    Gate gate = gate("RATE_LIMIT_MAX_REQUESTS", "1");

    AdmissionDecision request = gate.admitRequest(ask(GOOD), true, true);
    AdmissionDecision connection = gate.admitConnection(ask(GOOD));
    AdmissionRefusal another = refusal(gate.admitRequest(ask(GOOD), true, true));

    assertThat(request).isInstanceOf(Granted.class);
    assertThat(connection).isInstanceOf(Granted.class);
    assertThat(another).isInstanceOf(AdmissionRefusal.RateExceeded.class);
    assertThat(log).containsExactly(new SecurityEvent.RateLimitExceeded(IP, "/realtime"));
  }

  @Test
  void limitsNoRequestThatIsNotLimited() throws InvalidSettings {
    Gate gate = gate("RATE_LIMIT_MAX_REQUESTS", "1", "ENABLE_WS_PROXY", "false");

    for (int i = 0; i < 5; i++) {
      assertThat(gate.admitRequest(ask(""), false, false)).isInstanceOf(Granted.class);
    }
  }

  @Test
  void logsARequestOfAnOriginThatIsNotAllowed() throws InvalidSettings {
    Gate gate = gate();

    gate.admitRequest(ask(EVIL), true, true);

    assertThat(log).containsExactly(new SecurityEvent.BlockedInvalidOrigin(IP, EVIL, "/realtime"));
  }

  @Test
  void limitsANetworkOfIpv6AsOneAddress() throws InvalidSettings {
    Gate gate = gate("MAX_CONNECTIONS_PER_IP", "1");
    gate.admitConnection(question("2001:db8:1:2::1", ""));

    AdmissionDecision neighbour = gate.admitConnection(question("2001:db8:1:2:9:9:9:9", ""));
    AdmissionDecision stranger = gate.admitConnection(question("2001:db8:1:3::1", ""));

    assertThat(refusal(neighbour)).isEqualTo(new AdmissionRefusal.TooManyConnections(1, 1));
    assertThat(stranger).isInstanceOf(Granted.class);
  }

  @Test
  void limitsTheClientBehindATrustedProxyAndNotTheProxy() throws Exception {
    Gate gate = gate("MAX_CONNECTIONS_PER_IP", "1", "TRUSTED_PROXIES", "10.0.0.0/8");
    InetAddress proxy = InetAddress.getByName("10.0.0.1");
    InetAddress stranger = InetAddress.getByName("203.0.113.5");

    AdmissionDecision first = gate.admitConnection(forwarded(proxy, "198.51.100.1"));
    AdmissionDecision second = gate.admitConnection(forwarded(proxy, "198.51.100.2"));
    AdmissionDecision spoofed = gate.admitConnection(forwarded(stranger, "198.51.100.3"));
    AdmissionDecision again = gate.admitConnection(forwarded(stranger, "198.51.100.4"));

    assertThat(first).isInstanceOf(Granted.class);
    assertThat(second).isInstanceOf(Granted.class);
    assertThat(((Granted) spoofed).address().address()).isEqualTo(stranger);
    assertThat(refusal(again)).isEqualTo(new AdmissionRefusal.TooManyConnections(1, 1));
    assertThat(gate.trusts(proxy)).isTrue();
    assertThat(gate.trusts(stranger)).isFalse();
  }

  private static Question forwarded(InetAddress peer, String client) {
    return new Question(
        peer, List.of(client), List.of(), Optional.empty(), Optional.empty(), "/realtime");
  }
}
