package io.donna.gateway.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.PriceList;
import io.donna.gateway.config.Settings;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PricesTest {
  private static final Prices PRICES = new Prices(PricesTest::builtIn);

  private static PriceList builtIn() {
    try {
      return Settings.read(Environment.of(Map.of())).metering().prices();
    } catch (InvalidSettings e) {
      throw new AssertionError(e);
    }
  }

  private static Usage usage(Tokens input, Tokens cached, Tokens output, String seconds) {
    return new Usage(input, cached, output, new BigDecimal(seconds));
  }

  /** Tokens are text, audio, image; costs were worked out by hand. */
  @ParameterizedTest(name = "{0}: {1} of which {2} cached, out {3}, {4} s")
  @CsvSource({
    // 14*4 + 27*32 + 28*24 + 136*64 = 10,296 dollars for a million of these responses
    "gpt-realtime-2.1,             14 27 0,  0 0 0,   28 136, 0, 0.010296",
    "gpt-realtime-2.1-2026-05-01,  14 27 0,  0 0 0,   28 136, 0, 0.010296",
    "gpt-realtime,                 14 27 0,  0 0 0,   28 136, 0, 0.010072",
    // 39*4 + 64*0.4 + 13*24
    "gpt-realtime-2,               103 0 0,  64 0 0,  13 0,   0, 0.0004936",
    "gpt-realtime-2.1-mini,        0 600 85, 0 64 85, 0 1200, 0, 0.029386",
    // the image of a model with no price for one costs what its audio does
    "gpt-realtime-mini,            0 0 10,   0 0 0,   0 0,    0, 0.0001",
    // a minute of what the user says, and of what the assistant says, of FACTS' rule of thumb
    "gpt-realtime-2.1,             0 600 0,  0 0 0,   0 0,    0, 0.0192",
    "gpt-realtime-2.1,             0 0 0,    0 0 0,   0 1200, 0, 0.0768",
    // by the minute, rounded once at the twelfth decimal
    "whisper-1,                    0 0 0,    0 0 0,   0 0,   60, 0.006",
    "gpt-realtime-whisper,         0 0 0,    0 0 0,   0 0,    3, 0.00085",
    "gpt-realtime-whisper,         0 0 0,    0 0 0,   0 0,    1, 0.000283333333",
    // a price by the minute for usage in tokens, and the other way round: 10 tokens a second
    "whisper-1,                    0 600 0,  0 0 0,   5 0,    0, 0.006",
    "gpt-4o-transcribe,            0 0 0,    0 0 0,   0 0,   60, 0.0015",
    "gpt-4o-transcribe,            0 16 0,   0 0 0,   8 0,    0, 0.00012",
    // what is not listed costs the dearest
    "somebody-elses-model,         0 1 0,    0 0 0,   0 1,    0, 0.00012",
    "somebody-elses-model,         0 0 0,    0 0 0,   0 0,   60, 0.05",
    "gpt-realtime-2.1,             0 0 0,    0 0 0,   0 0,    0, 0",
  })
  void pricesExactly(
      String model, String input, String cached, String output, String seconds, String dollars) {
    Usage usage = usage(tokens(input), tokens(cached), tokens(output), seconds);

    assertThat(PRICES.cost(model, usage).toPlainString()).isEqualTo(dollars);
  }

  /** A token of output is a tenth of a second where a model is billed by the minute. */
  @ParameterizedTest
  @CsvSource({
    "gpt-realtime-2.1, 0.000064",
    "gpt-4o-transcribe, 0.00001",
    "whisper-1, 0.00001",
  })
  void knowsWhatATokenOfOutputCostsAtMost(String model, String dollars) {
    assertThat(PRICES.outputToken(model)).isEqualByComparingTo(dollars);
  }

  private static Tokens tokens(String text) {
    String[] parts = (text + " 0").split(" ", -1);
    return new Tokens(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]));
  }

  @Test
  void chargesTheSumWhatItChargesForTheParts() {
    Random random = new Random(1);
    Usage all = Usage.NONE;
    BigDecimal parts = BigDecimal.ZERO;
    for (int i = 0; i < 10_000; i++) {
      Tokens input =
          new Tokens(random.nextInt(1, 9_999), random.nextInt(9_999), random.nextInt(99));
      Usage usage =
          usage(
              input,
              new Tokens(random.nextInt(9_999), random.nextInt(9_999), 0).atMost(input),
              new Tokens(random.nextInt(4_096), random.nextInt(4_096), 0),
              "0");
      all = all.plus(usage);
      parts = parts.add(PRICES.cost("gpt-realtime-2.1", usage));
    }

    assertThat(PRICES.cost("gpt-realtime-2.1", all)).isEqualByComparingTo(parts);
  }
}
