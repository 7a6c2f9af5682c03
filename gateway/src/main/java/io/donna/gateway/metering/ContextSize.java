package io.donna.gateway.metering;

import io.donna.gateway.policy.SpeechFormat;

/**
 * How much the next response will read, in tokens: what the last response read and said, as the
 * upstream stated it, and an estimate of what was added since. It errs on the dear side. Confined
 * to the session's event loop.
 */
final class ContextSize {
  /** No model of today reads more. */
  static final long MOST = 128_000;

  /** Text is rarely more than a token for three bytes, in any script. */
  private static final int BYTES_PER_TOKEN = 3;

  /** An image of high detail; providers count from 85 to some 1,500. */
  private static final int TOKENS_PER_IMAGE = 1_500;

  /** A token of what a user says is 100 ms of it. */
  private static final long MICROS_PER_TOKEN = 100_000;

  private Tokens known = Tokens.NONE;

  /** All that was ever added, and how much of it is in what is known. */
  private Tokens added = Tokens.NONE;

  private Tokens read = Tokens.NONE;

  /** Of the longest message with the session's instructions and tools. */
  private long sessionBytes;

  /** As the upstream stated it last. */
  private long statedBytes;

  /** Of what was asked for, and so is counted, and that the upstream has still to state. */
  private long askedBytes;

  /**
   * The session's instructions and tools are asked for by a message of this length. It counts whole
   * until a response has read it: what it replaces may have been refused, or read by nobody, or
   * fewer tokens.
   */
  void session(long bytes) {
    sessionBytes = Math.max(sessionBytes, bytes);
    askedBytes += bytes;
    add(text(bytes));
  }

  /** The upstream states them: what has grown without having been asked for is read anew. */
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

  static Tokens of(MessageContents contents, int bytesASecond) {
    long micros = SpeechFormat.microsOf(contents.speech(), bytesASecond);
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

  /** All that was added so far; what a response reads that is asked for now. */
  Tokens added() {
    return added;
  }

  /** What a response reads that is asked for now, {@code own} being of its own. */
  Tokens with(Tokens own) {
    return with(own, 1);
  }

  /** As above, of one that reads the conversation, or what is in it, so many times. */
  Tokens with(Tokens own, long times) {
    Tokens conversation = known.plus(added.minus(read)).times(times);
    return bounded(conversation.plus(own), Math.max(MOST, known.total()));
  }

  /** What a response reads that reads nothing of the conversation. */
  Tokens without(Tokens own) {
    return bounded(text(sessionBytes).plus(own), MOST);
  }

  /** The dearest kinds first. */
  private static Tokens bounded(Tokens tokens, long most) {
    long audio = Math.min(tokens.audio(), most);
    long image = Math.min(tokens.image(), most - audio);
    return new Tokens(Math.min(tokens.text(), most - audio - image), audio, image);
  }

  /**
   * A response of the conversation has read and said {@code tokens}.
   *
   * @param before {@link #added} when it was asked for
   */
  void answered(Tokens tokens, Tokens before) {
    known = tokens;
    read = before;
  }

  /** As {@link #answered}, of one that had instructions or tools of its own, not the session's. */
  void answeredWithoutSession(Tokens tokens, Tokens before) {
    answered(tokens.plus(text(sessionBytes)), before);
  }
}
