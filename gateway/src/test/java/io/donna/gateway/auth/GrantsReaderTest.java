package io.donna.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class GrantsReaderTest {
  private static ObjectNode claims(String json) {
    return StrictJson.object(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8))
        .orElseThrow();
  }

  private static Grants grants(String json) throws MalformedClaim {
    return GrantsReader.read(claims(json)).grants();
  }

  @Test
  void readsTheDonnaClaim() throws MalformedClaim {
    assertThat(
            grants(
                "{'donna':{'tier':'gold','tenant':'acme','models':['a','b','a'],'limits':"
                    + "{'sessions':2,'usd_per_day':'1.50','session_seconds':0}}}"))
        .isEqualTo(
            new Grants(
                Optional.of("gold"),
                Optional.of("acme"),
                Optional.of(Set.of("a", "b")),
                Map.of(
                    TokenLimit.SESSIONS, new BigDecimal("2"),
                    TokenLimit.USD_PER_DAY, new BigDecimal("1.50"),
                    TokenLimit.SESSION_SECONDS, BigDecimal.ZERO)));
  }

  @ParameterizedTest
  @CsvSource({
    "sessions, 0",
    "sessions, 2.0",
    "sessions, 1000000000000000",
    "usd_per_day, 999999999999999.99",
    "usd_per_day, 0.0000000000000000000000000001",
  })
  void readsALimitAsItIsWritten(String limit, BigDecimal value) throws MalformedClaim {
    assertThat(grants("{'scope':'donna:%s=%s'}".formatted(limit, value.toPlainString())).limits())
        .isEqualTo(Map.of(TokenLimit.named(limit).orElseThrow(), value));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'scope':'openid donna:tier=gold donna:tenant=acme donna:model=a donna:model=b"
            + " donna:sessions=2 email'}",
        "{'scp':'donna:tier=gold donna:tenant=acme donna:model=a donna:model=b donna:sessions=2'}",
        "{'scp':['openid','donna:tier=gold','donna:tenant=acme','donna:model=a','donna:model=b',"
            + "'donna:sessions=2']}",
        "{'scope':'donna:tier=gold donna:tier=gold  donna:tenant=acme donna:model=a','scp':"
            + "['donna:model=b','donna:sessions=3','donna:sessions=2']}",
        "{'donna':{'tier':'gold','tenant':'acme','models':['b','a'],'limits':{'sessions':'2'}},"
            + "'scope':'donna:tier=other donna:sessions=nonsense'}"
      })
  void readsTheSameOfScopes(String json) throws MalformedClaim {
    assertThat(grants(json))
        .isEqualTo(
            new Grants(
                Optional.of("gold"),
                Optional.of("acme"),
                Optional.of(Set.of("a", "b")),
                Map.of(TokenLimit.SESSIONS, new BigDecimal("2"))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'donna':null}",
        "{'donna':{}}",
        "{'donna':{'tier':null,'models':null,'limits':null}}",
        "{'scope':''}",
        "{'scope':'openid donnatier=gold xdonna:tier=gold'}",
        "{'scope':7}",
        "{'limits':{'sessions':2},'tier':'gold'}"
      })
  void grantsNothingThatIsNotSaid(String json) throws MalformedClaim {
    assertThat(grants(json)).isEqualTo(Grants.NONE);
  }

  @Test
  void tellsNoModelsFromNothingSaidOfModels() throws MalformedClaim {
    assertThat(grants("{'donna':{'models':[]}}").models()).hasValue(Set.of());
    assertThat(grants("{'donna':{}}").models()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'donna':'gold'}",
        "{'donna':['gold']}",
        "{'donna':true}",
        "{'donna':{'tier':7}}",
        "{'donna':{'tenant':{}}}",
        "{'donna':{'models':'a'}}",
        "{'donna':{'models':['a',7]}}",
        "{'donna':{'limits':[]}}",
        "{'donna':{'limits':{'sessions':-1}}}",
        "{'donna':{'limits':{'sessions':1.5}}}",
        "{'donna':{'limits':{'sessions':'many'}}}",
        "{'donna':{'limits':{'sessions':''}}}",
        "{'donna':{'limits':{'sessions':null}}}",
        "{'donna':{'limits':{'sessions':true}}}",
        "{'donna':{'limits':{'sessions':1e99}}}",
        "{'donna':{'limits':{'usd_per_day':'1e999999999'}}}",
        "{'donna':{'limits':{'usd_per_day':'+1'}}}",
        "{'donna':{'limits':{'usd_per_day':'0x10'}}}",
        "{'donna':{'limits':{'usd_per_day':'1,5'}}}",
        "{'donna':{'limits':{'tokens_per_day':99999999999999999999}}}",
        "{'donna':{'limits':{'usd_per_day':'1000000000000000.01'}}}",
        "{'donna':{'limits':{'usd_per_day':'0.00000000000000000000000000001'}}}",
        "{'scope':'donna:tier=gold donna:tier=silver'}",
        "{'scope':'donna:tier='}",
        "{'scope':'donna:tier'}",
        "{'scope':'donna:sessions'}",
        "{'scope':'donna:sessions=-1'}",
        "{'scp':['donna:tier=gold',7]}"
      })
  void isSpoiltByWhatItUnderstandsAndCannotRead(String json) {
    assertThatThrownBy(() -> grants(json)).isInstanceOf(MalformedClaim.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'donna':{'teir':'gold'}} | donna.teir",
        "{'donna':{'limits':{'session':2}}} | limits.session",
        "{'scope':'donna:teir=gold'} | donna:teir",
        "{'scope':'donna:'} | donna:",
      })
  void notesWhatNobodyUnderstands(String json, String unknown) throws MalformedClaim {
    GrantsReader reader = GrantsReader.read(claims(json));

    assertThat(reader.unknown()).isEqualTo(List.of(unknown));
    assertThat(reader.grants()).isEqualTo(Grants.NONE);
  }
}
