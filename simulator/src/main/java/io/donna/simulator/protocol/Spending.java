package io.donna.simulator.protocol;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.protocol.ResponseScript.Delta;
import tools.jackson.databind.node.ObjectNode;

/** The tokens of one response: what it read, what it has written so far, and how far it may go. */
final class Spending {

  /** What a response reads: all of it, and the part that is cached. */
  record Input(Tokens all, Tokens cached) {}

  private final Input input;
  private final int limit;
  private final AudioFormat format;
  private int characters;
  private int samples;

  /**
   * @param limit the most tokens of output
   * @param format of the audio that will be counted
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

  /** What a later response may find in the cache. */
  Tokens seen() {
    return input.all().plus(output());
  }

  /** Nothing is counted for a response that was stopped before it said anything. */
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
