package io.donna.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Settings;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostsTest {
  private static Hosts hosts(String... settings) throws InvalidSettings {
    Map<String, String> variables = new HashMap<>();
    variables.put("ENABLE_WS_PROXY", "true");
    variables.put("OPENAI_REALTIME_URL", "ws://127.0.0.1:9/");
    for (int i = 0; i < settings.length; i += 2) {
      variables.put(settings[i], settings[i + 1]);
    }
    return new Hosts(Settings.read(Environment.of(variables)));
  }

  private static boolean allows(Hosts hosts, String host) {
    return hosts.allow(Optional.of(host));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost", "LOCALHOST:3001", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:3001"})
  void allowsTheNamesOfThisMachineWhateverIsListed(String host) throws InvalidSettings {
    assertThat(allows(hosts(), host)).isTrue();
    assertThat(allows(hosts("HOST", "192.0.2.1"), host)).isTrue();
    assertThat(allows(hosts("ALLOWED_ORIGINS", "https://app.example.com"), host)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ":", ":80", "evil.example", "192.0.2.1", "[2001:db8::1]", "0.0.0.0", "[::]"})
  void allowsNoOtherHost(String host) throws InvalidSettings {
    assertThat(allows(hosts(), host)).isFalse();
    assertThat(allows(hosts("HOST", "localhost"), host)).isFalse();
    assertThat(allows(hosts("HOST", "192.0.2.9"), host)).isFalse();
  }

  @Test
  void allowsARequestWithoutAHostAsNoBrowserSendsOne() throws InvalidSettings {
    assertThat(hosts().allow(Optional.empty())).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "app.example.com, true",
    "app.example.com:3001, true",
    "10.0.0.7:3001, true",
    "[2001:db8::7]:3001, true",
    "deep.sub.example.org, true",
    "example.org, false",
    "evil-example.org, false",
    "app.example.com.evil.example, false",
    "null, false",
    "ull, false",
  })
  void allowsTheHostsOfListedOriginsAtAnyPort(String host, boolean allowed) throws InvalidSettings {
    Hosts listed =
        hosts(
            "ALLOWED_ORIGINS",
            "https://app.example.com:8443,https://*.example.org,null,"
                + "http://10.0.0.7:5173,http://[2001:db8::7]:5173");

    assertThat(allows(listed, host)).isEqualTo(allowed);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1:3001, true",
    "192.0.2.1, 192.0.2.2:3001, false",
    "Gateway.Example, gateway.example, true",
    "gateway.example, another.example, false",
    "2001:db8::1, [2001:db8::1]:3001, true",
    "2001:db8::1, [2001:db8::2]:3001, false",
    "2001:DB8:0:0:0:0:0:1, [2001:db8::1], true", // browsers shorten an address
    "[2001:db8::1], [2001:db8::1], true",
    "2001:db8::1, 192.0.2.1, false",
  })
  void allowsTheAddressThatTheGatewayListensOn(String listensOn, String host, boolean allowed)
      throws InvalidSettings {
    assertThat(allows(hosts("HOST", listensOn), host)).isEqualTo(allowed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "[::]", "0:0:0:0:0:0:0:0"})
  void allowsAnyAddressButNoNameIfTheGatewayListensOnAll(String listensOn) throws InvalidSettings {
    Hosts everywhere = hosts("HOST", listensOn);

    assertThat(allows(everywhere, "192.0.2.1:3001")).isTrue();
    assertThat(allows(everywhere, "[2001:db8::1]:3001")).isTrue();
    assertThat(allows(everywhere, "evil.example:3001")).isFalse();
    assertThat(allows(everywhere, "192.0.2.1.evil.example")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "ALLOWED_ORIGINS, *",
    "JWT_SECRET, a secret of the tests that is long enough for HS256",
    "DONNA_ENV, production",
  })
  void allowsAnyHostIfATokenIsRequiredOrAnyPageMayConnect(String name, String value)
      throws InvalidSettings {
    Hosts guarded = hosts("ALLOW_INSECURE", "true", name, value);

    assertThat(allows(guarded, "gateway.example")).isTrue();
  }
}
