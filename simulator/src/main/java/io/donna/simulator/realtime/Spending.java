package io.donna.simulator.realtime;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.realtime.ResponseScript.Delta;
import tools.jackson.databind.node.ObjectNode;

/** The token usage of one response: its input, its output so far and its limit. */
final class Spending {

  /** The input tokens of a response, in total and cached. */
  record Input(Tokens all, Tokens cached) {}

  private final Input input;
  private final int limit;
  private final AudioFormat format;
  private int characters;
  private int samples;

  /**
   * @param limit the maximum number of output tokens
   * @param format the format of the audio to count
   */
  Spending(Input input, int limit, AudioFormat format) {
    this.input = input;
    this.limit = limit;
    this.format = format;
  }

  boolean allows(Delta delta) {
    return output(characters + characters(delta), samples + samples(delta)).total() <= limit;
  }

  void add(Delta delta) {
    characters += characters(delta);
    samples += samples(delta);
  }

  Tokens output() {
    return output(characters, samples);
  }

  /** The tokens that the cache may provide to a later response. */
  Tokens seen() {
    return input.all().plus(output());
  }

  /** The `usage` object. It is zero for a response that was cancelled before any output. */
  ObjectNode usage() {
    return output().total() == 0
        ? Tokens.usage(Tokens.NONE, Tokens.NONE, Tokens.NONE)
        : Tokens.usage(input.all(), input.cached(), output());
  }

  private Tokens output(int characterCount, int sampleCount) {
    return Tokens.ofCharacters(characterCount)
        .plus(Tokens.ofAssistantAudio(format.millis(sampleCount)));
  }

  private static int characters(Delta delta) {
    return switch (delta) {
      case Delta.Text(String words) -> words.length();
      case Delta.Transcript(String words) -> words.length();
      case Delta.Arguments(String json) -> json.length();
      case Delta.Audio _ -> 0;
    };
  }

  private static int samples(Delta delta) {
    return delta instanceof Delta.Audio audio ? audio.samples().length : 0;
  }
}
