package io.donna.gateway.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.event.Event;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageContentsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | 0 | 0",
        "{'item':{'content':[{'type':'input_audio','audio':'AAAA'}]}} | 4 | 0",
        "{ 'item' : { 'content' : [ { 'audio' : 'AAAA', 'type' : 'input_audio' } ] } } | 4 | 0",
        "{'item':{'content':[{'type':'audio','audio':'AAAA'},{'type':'output_audio','audio':'A/+='}]}} | 8 | 0",
        "{'response':{'input':[{'content':[{'type':'input_audio','audio':'AAAA'}]}]}} | 4 | 0",
        "{'item':{'content':[{'type':'input_audio','\\u0061udio':'AAAA'}]}} | 4 | 0",
        "{'item':{'content':[{'type':'input_audio','audio':'some words'}]}} | 0 | 0",
        "{'item':{'content':[{'type':'input_text','audio':'AAAA'}]}} | 0 | 0",
        "{'item':{'content':[{'audio':'AAAA'}]}} | 0 | 0",
        "{'item':{'type':'input_audio','audio':'AAAA'}} | 0 | 0",
        "{'audio':'AAAA'} | 0 | 0",
        "{'response':{'prompt':{'variables':{'audio':'AAAA'}}}} | 0 | 0",
        "{'response':{'tools':[{'content':[{'type':'input_audio','audio':'AAAA'}]}]}} | 0 | 0",
        "{'item':{'content':[{'type':'input_text','text':'\\\"audio\\\":\\\"AAAA\\\"'}]}} | 0 | 0",
        "{'item':{'content':[{'type':'input_image','image_url':'data:,A','detail':'high'}]}} | 0 | 1",
        "{'item':{'content':[{'type':'input_image','image_url':{'url':'data:,A'}}]}} | 0 | 0",
        "{'item':{'content':[{'type':'input_text','image_url':'data:,A'}]}} | 0 | 0",
        "{'image_url':'data:,A'} | 0 | 0",
        "{'item':{'content':[{'type':'input_audio','audio':'AAAA | 0 | 0",
        "' | 0 | 0",
      })
  void tellsSpeechAndImagesFromText(String json, long speech, int images) {
    Event event = Event.of(json.replace('\'', '"'));

    MessageContents contents = MessageContents.of(event);

    assertThat(contents.images()).isEqualTo(images);
    assertThat(contents.text() + contents.speech()).isLessThanOrEqualTo(event.length());
    assertThat(contents.speech()).isEqualTo(speech);
  }

  @ParameterizedTest
  @CsvSource({
    "'data:image/png;base64,AAAA', 26",
    "'data:image/png;base64,some words', 0",
    "'https://example.com/AAAA', 0",
  })
  void readsAnAddressThatHoldsNoPictureAsText(String url, int picture) {
    Event event =
        Event.of(
            "{\"item\":{\"content\":[{\"type\":\"input_image\",\"image_url\":\"" + url + "\"}]}}");

    MessageContents contents = MessageContents.of(event);

    assertThat(contents.images()).isEqualTo(1);
    assertThat(contents.text()).isEqualTo(event.length() - picture);
  }
}
