package io.donna.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.OriginRules;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginsTest {
  private final Origins listed =
      new Origins(
          new OriginRules(
              List.of(
                  "https://app.example.org",
                  "http://localhost:3000",
                  "https://*.example.com",
                  "https://*.example.net:8443"),
              false));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://app.example.org",
        "HTTPS://App.Example.ORG",
        "http://localhost:3000",
        "https://a.example.com",
        "https://a.b-c.d1.example.com",
        "https://az-09.example.com",
        "https://A.EXAMPLE.COM",
        "https://a.example.net:8443"
      })
  void letsInWhatIsListed(String origin) {
    assertThat(listed.allow(Optional.of(origin))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "*",
        "null",
        "NULL",
        "https://",
        "http://app.example.org",
        "https://app.example.org:443",
        "https://app.example.org:8443",
        "https://app.example.org/",
        "https://app.example.org.evil.org",
        "https://evil.org/https://app.example.org",
        "https://app.example.orgg",
        "https://xapp.example.org",
        "https://b.example.org",
        "https://app.example.org https://evil.org",
        "https://evil.org, https://app.example.org",
        "http://localhost",
        "http://localhost:30000",
        "https://example.com",
        "https://.example.com",
        "https://*.example.com.",
        "https://evil-example.com",
        "https://evilexample.com",
        "https://example.com.evil.org",
        "https://a.example.com.evil.org",
        "https://a.example.com@evil",
        "https://evil.com/.example.com",
        "https://evil.com?.example.com",
        "https://evil.com#.example.com",
        "https://evil.com:443.example.com",
        "https://evil.com:443/.example.com",
        "https://evil.com\\.example.com",
        "https://evil.com@a.example.com",
        "https://user:password@a.example.com",
        "https://evil.com%2f.example.com",
        "https://evil.com\t.example.com",
        "https://evil.com\0.example.com",
        "https://[::1].example.com",
        "https://\u00ff.example.com",
        "https://\u0430.example.com",
        "https://\u0663.example.com",
        "https://a.example.com:8443",
        "http://a.example.com",
        "https://a.example.net",
        "https://a.example.net:84430",
        "https://a.example.net:8443.example.com",
        "ftp://a.example.com",
        "xhttps://a.example.com",
        "file://",
        "chrome-extension://abcdefgh"
      })
  void keepsOutWhatOnlyLooksLikeIt(String origin) {
    assertThat(listed.allow(Optional.of(origin))).isFalse();
  }

  @Test
  void letsInWhoeverHasNoOriginAsNoBrowserDoes() {
    assertThat(listed.allow(Optional.empty())).isTrue();
    assertThat(new Origins(new OriginRules(List.of(), false)).allow(Optional.empty())).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "*, https://evil.org, true",
    "*, null, true",
    "null, null, true",
    "null, https://evil.org, false",
    "https://a.org, null, false",
  })
  void takesStarsAndNullsAtTheirWord(String rule, String origin, boolean allowed) {
    Origins origins = new Origins(new OriginRules(List.of(rule), false));

    assertThat(origins.allow(Optional.of(origin))).isEqualTo(allowed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost",
        "http://localhost:3000",
        "https://localhost:8443",
        "HTTP://LOCALHOST:3000",
        "http://127.0.0.1:5173",
        "http://[::1]",
        "http://[::1]:3000",
      })
  void letsPagesOfThisMachineInWhereNoneIsListedInDevelopment(String origin) {
    Origins development = new Origins(new OriginRules(List.of(), true));
    Origins production = new Origins(new OriginRules(List.of(), false));
    Origins developmentWithAList = new Origins(new OriginRules(List.of("https://a.org"), true));

    assertThat(development.allow(Optional.of(origin))).isTrue();
    assertThat(production.allow(Optional.of(origin))).isFalse();
    assertThat(developmentWithAList.allow(Optional.of(origin))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://evil.org",
        "null",
        "",
        "http://localhost.",
        "http://localhost.evil.org",
        "http://evil.localhost",
        "http://127.0.0.1.evil.org",
        "http://127.0.0.1:80.evil.org",
        "http://127.0.0.2",
        "http://127.1",
        "http://2130706433",
        "http://0.0.0.0:3000",
        "http://[::]",
        "http://[::ffff:127.0.0.1]",
        "http://192.168.1.2",
        "http://evil.org@localhost",
        "http://localhost:3000/",
        "http://localhost:",
        "http://localhost:123456",
        "ws://localhost",
        "file://localhost",
        "localhost",
        "http://localhost\nhttp://evil.org",
        "http://localhost http://evil.org",
        "chrome-extension://localhost",
      })
  void keepsEveryOtherPageOutWhereNoneIsListedInDevelopment(String origin) {
    Origins development = new Origins(new OriginRules(List.of(), true));

    assertThat(development.allow(Optional.of(origin))).isFalse();
  }
}
