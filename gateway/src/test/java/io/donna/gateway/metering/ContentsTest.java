package io.donna.gateway.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.realtime.Event;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContentsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | 0 | 0",
        "{'audio':'AAAA'} | 4 | 0",
        "{ 'audio' : 'AAAA' } | 4 | 0",
        "{'content':[{'audio':'AAAA'},{'audio':'AA'}]} | 6 | 0",
        "{'text':'audio','x':'AAAA'} | 0 | 0",
        "{'text':'\\\"audio\\\":\\\"AAAA\\\"'} | 0 | 0",
        "{'audio':{'voice':'marin'},'audio':['AAAA']} | 0 | 0",
        "{'audio':null,'voice':'AAAA'} | 0 | 0",
        "{'image_url':'data:,A','detail':'high'} | 0 | 1",
        "{'image_url':{'url':'data:,A'}} | 0 | 0",
        "{'\\u0061udio':'AAAA'} | 4 | 0",
        "{'audio':'AAAA | 0 | 0",
        "' | 0 | 0",
      })
  void tellsSpeechAndImagesFromText(String json, long speech, int images) {
    Event event = Event.of(json.replace('\'', '"'));

    Contents contents = Contents.of(event);

    assertThat(contents.images()).isEqualTo(images);
    assertThat(contents.text() + contents.speech()).isLessThanOrEqualTo(event.length());
    assertThat(contents.speech()).isEqualTo(speech);
  }
}
