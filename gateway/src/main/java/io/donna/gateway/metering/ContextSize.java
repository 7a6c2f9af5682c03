package io.donna.gateway.metering;

import io.donna.gateway.policy.SpeechFormat;

/**
 * Estimates the input of the next response, in tokens: input and output of the last response, as
 * the upstream stated them, plus an estimate of what was added since. Rounds up. Confined to the
 * session's event loop.
 */
final class ContextSize {
  /** In tokens; no current model reads more. */
  static final long MAX = 128_000;

  /** Text rarely takes more than a token for three bytes, in any script. */
  private static final int BYTES_PER_TOKEN = 3;

  /** An image of high detail; providers count from 85 to some 1,500 tokens. */
  private static final int TOKENS_PER_IMAGE = 1_500;

  /** A token is 100 ms of a user's speech. */
  private static final long MICROS_PER_TOKEN = 100_000;

  private Tokens known = Tokens.NONE;

  /** All that was ever added; {@code read} is the part of it that {@code known} includes. */
  private Tokens added = Tokens.NONE;

  private Tokens read = Tokens.NONE;

  /** Length of the longest message with the session's instructions and tools. */
  private long sessionBytes;

  /** Length of the session as the upstream last stated it. */
  private long statedBytes;

  /** Bytes of requested updates, already counted, that the upstream has not stated yet. */
  private long askedBytes;

  /**
   * Adds an update of the session's instructions and tools, by its message's length. It counts in
   * full until a response has read it: what it replaces may have been refused, or never read, or
   * shorter.
   */
  void session(long bytes) {
    sessionBytes = Math.max(sessionBytes, bytes);
    askedBytes += bytes;
    add(text(bytes));
  }

  /** Records the length of a stated session. Growth that no update accounts for is added. */
  void stated(long bytes) {
    sessionBytes = Math.max(sessionBytes, bytes);
    long grown = Math.max(0, bytes - statedBytes);
    add(text(Math.max(0, grown - askedBytes)));
    askedBytes = Math.max(0, askedBytes - grown);
    statedBytes = bytes;
  }

  void add(Tokens more) {
    added = added.plus(more);
  }

  static Tokens of(MessageContents contents, int bytesPerSecond) {
    long micros = SpeechFormat.microsOf(contents.speech(), bytesPerSecond);
    return text(contents.text())
        .plus(speech(micros))
        .plus(new Tokens(0, 0, (long) contents.images() * TOKENS_PER_IMAGE));
  }

  static Tokens text(long bytes) {
    return new Tokens(Math.ceilDiv(bytes, BYTES_PER_TOKEN), 0, 0);
  }

  static Tokens speech(long micros) {
    return new Tokens(0, Math.ceilDiv(micros, MICROS_PER_TOKEN), 0);
  }

  /** All that was added so far; a response requested now reads it. */
  Tokens added() {
    return added;
  }

  /** The input of a response requested now, including {@code own}, its own input. */
  Tokens with(Tokens own) {
    return with(own, 1);
  }

  /** As above, for a response that reads the conversation, or parts of it, so many times. */
  Tokens with(Tokens own, long times) {
    Tokens conversation = known.plus(added.minus(read)).times(times);
    return bounded(conversation.plus(own), Math.max(MAX, known.total()));
  }

  /** The input of a response that reads nothing of the conversation. */
  Tokens without(Tokens own) {
    return bounded(text(sessionBytes).plus(own), MAX);
  }

  /** Limits the total, keeping the most expensive kinds. */
  private static Tokens bounded(Tokens tokens, long most) {
    long audio = Math.min(tokens.audio(), most);
    long image = Math.min(tokens.image(), most - audio);
    return new Tokens(Math.min(tokens.text(), most - audio - image), audio, image);
  }

  /**
   * Records that a response in the conversation has used {@code tokens} of input and output.
   *
   * @param before {@link #added} when it was requested
   */
  void answered(Tokens tokens, Tokens before) {
    known = tokens;
    read = before;
  }

  /**
   * As {@link #answered}, for a response with instructions or tools of its own instead of the
   * session's.
   */
  void answeredWithoutSession(Tokens tokens, Tokens before) {
    answered(tokens.plus(text(sessionBytes)), before);
  }
}
