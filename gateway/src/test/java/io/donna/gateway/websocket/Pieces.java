package io.donna.gateway.websocket;

import io.donna.gateway.kit.Choices;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Cuts bytes as a network may: at once, one by one, or anywhere. */
public final class Pieces {
  private Pieces() {}

  public static List<byte[]> of(byte[] wire, Choices choices) {
    int longest = choices.of(List.of(Math.max(1, wire.length), 1, 2, 7, 64, 1500));
    int[] sizes = new int[1 + choices.upTo(7)];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = longest - choices.upTo(longest - 1);
    }
    List<byte[]> pieces = new ArrayList<>();
    for (int at = 0, i = 0; at < wire.length; at += sizes[i++ % sizes.length]) {
      int end = Math.min(wire.length, at + sizes[i % sizes.length]);
      pieces.add(Arrays.copyOfRange(wire, at, end));
    }
    return pieces;
  }
}
