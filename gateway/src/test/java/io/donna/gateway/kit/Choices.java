package io.donna.gateway.kit;

import java.util.Arrays;
import java.util.List;

/**
 * Decisions read from bytes, so that a random source, a fuzzer and a shrinker all steer a test the
 * same way. Behind the last byte every decision is the first or the smallest there is.
 */
public final class Choices {
  private final byte[] bytes;
  private int at;

  public Choices(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A number from 0 to {@code most}. */
  public int upTo(int most) {
    long number = 0;
    for (long reach = 1; reach <= most; reach <<= 8) {
      number = (number << 8) | octet();
    }
    return (int) (number % (most + 1L));
  }

  public boolean yes() {
    return (octet() & 1) == 1;
  }

  public <T> T of(List<T> options) {
    return options.get(upTo(options.size() - 1));
  }

  public int number() {
    return (octet() << 24) | (octet() << 16) | (octet() << 8) | octet();
  }

  private int octet() {
    return at < bytes.length ? bytes[at++] & 0xFF : 0;
  }

  public boolean hasMore() {
    return at < bytes.length;
  }

  /** All bytes that have decided nothing yet. */
  public byte[] rest() {
    byte[] rest = Arrays.copyOfRange(bytes, at, bytes.length);
    at = bytes.length;
    return rest;
  }
}
