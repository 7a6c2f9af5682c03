package io.donna.gateway.metering;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class StatedUsageTest {
  private static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text.replace('\'', '"'));
  }

  private static String shown(Tokens tokens) {
    return tokens.text() + " " + tokens.audio() + " " + tokens.image();
  }

  /** Tokens are text, audio, image. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'input_tokens':41,'output_tokens':164,'input_token_details':{'text_tokens':14,'audio_tokens':27},'output_token_details':{'text_tokens':28,'audio_tokens':136}} | 14 27 0 | 0 0 0 | 28 136 0",
        "{'input_tokens':103,'input_token_details':{'text_tokens':103,'cached_tokens':64,'cached_tokens_details':{'text_tokens':64}}} | 103 0 0 | 64 0 0 | 0 0 0",
        "{'input_tokens':10,'output_tokens':20} | 0 10 0 | 0 0 0 | 0 20 0",
        "{'input_tokens':100,'input_token_details':{'text_tokens':30}} | 30 70 0 | 0 0 0 | 0 0 0",
        "{'input_token_details':{'text_tokens':30,'audio_tokens':50,'image_tokens':5,'cached_tokens':60}} | 30 50 5 | 30 25 5 | 0 0 0",
        "{'input_token_details':{'text_tokens':3,'cached_tokens':900}} | 3 0 0 | 3 0 0 | 0 0 0",
        "{'input_token_details':{'text_tokens':3,'cached_tokens_details':{'text_tokens':900,'audio_tokens':5}}} | 3 0 0 | 3 0 0 | 0 0 0",
        "{'output_tokens':100,'output_token_details':{'text_tokens':20,'audio_tokens':30,'reasoning_tokens':40}} | 0 0 0 | 0 0 0 | 60 40 0",
        "{'output_tokens':100,'output_token_details':{'text_tokens':60,'audio_tokens':40,'reasoning_tokens':40}} | 0 0 0 | 0 0 0 | 60 40 0",
        "{'input_tokens':'41','output_tokens':null,'input_token_details':[],'output_token_details':'none'} | 0 0 0 | 0 0 0 | 0 0 0",
        "{'input_tokens':-5,'output_tokens':1e30} | 0 0 0 | 0 0 0 | 0 1000000000 0",
        "{'input_tokens':99999999999999999999999999,'output_tokens':2.9} | 0 1000000000 0 | 0 0 0 | 0 2 0",
        "{'input_tokens':0,'total_tokens':7} | 0 0 0 | 0 0 0 | 0 0 0",
      })
  void readsWhatIsThereAndCountsWhatIsNotExplainedAsTheDearest(
      String usage, String input, String cached, String output) {
    Usage read = StatedUsage.ofResponse(json(usage));

    assertThat(shown(read.input())).isEqualTo(input);
    assertThat(shown(read.cached())).isEqualTo(cached);
    assertThat(shown(read.output())).isEqualTo(output);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"type\":\"duration\",\"seconds\":3} | 3.000",
        "{\"seconds\":2.7699999999999999} | 2.770",
        "{\"billable_audio_seconds\":1,\"output_audio_seconds\":0.76} | 1.000",
        "{\"seconds\":\"3\"} | 0",
        "{\"seconds\":-3} | 0.000",
        "{\"seconds\":1e300} | 1000000.000",
        "{} | 0",
      })
  void readsSeconds(String usage, String seconds) {
    assertThat(StatedUsage.ofTranscription(json(usage)).seconds()).isEqualByComparingTo(seconds);
  }

  @Test
  void countsWhatATranscriptionPutsOutAsText() {
    Usage read =
        StatedUsage.ofTranscription(
            json(
                "{'type':'tokens','total_tokens':24,'input_tokens':16,"
                    + "'input_token_details':{'text_tokens':0,'audio_tokens':16},'output_tokens':8}"));

    assertThat(shown(read.input())).isEqualTo("0 16 0");
    assertThat(shown(read.output())).isEqualTo("8 0 0");
  }
}
