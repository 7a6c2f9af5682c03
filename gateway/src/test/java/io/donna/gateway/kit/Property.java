package io.donna.gateway.kit;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/**
 * A sentence that holds whatever is chosen. It is tried with random choices, the same in every run;
 * the choices of a failure are cut down to few and small ones, which the failure names.
 */
public final class Property {
  /** {@code -Dproperty.effort=100} tries a hundred times as often. */
  private static final int EFFORT = Integer.getInteger("property.effort", 1);

  private static final int LONGEST = 256;
  private static final int SHRINKING_TRIES = 2_000;

  private final Consumer<Choices> sentence;
  private int triesLeft = SHRINKING_TRIES;

  private Property(Consumer<Choices> sentence) {
    this.sentence = sentence;
  }

  public static void holds(int tries, Consumer<Choices> sentence) {
    Property property = new Property(sentence);
    Random random = new Random(6455);
    for (int i = 0; i < tries * EFFORT; i++) {
      byte[] choices = new byte[random.nextInt(LONGEST)];
      random.nextBytes(choices);
      if (property.failure(choices).isPresent()) {
        byte[] fewest = property.shrink(choices);
        throw new AssertionError(
            "fails where the choices are " + HexFormat.of().formatHex(fewest),
            property.failure(fewest).orElse(null));
      }
    }
  }

  private Optional<Throwable> failure(byte[] choices) {
    try {
      sentence.accept(new Choices(choices));
      return Optional.empty();
    } catch (AssertionError | RuntimeException failure) {
      return Optional.of(failure);
    }
  }

  /** Leaves out what can be left out, long pieces first, and makes the rest 0 where that may be. */
  private byte[] shrink(byte[] failing) {
    byte[] smallest = failing;
    for (int piece = smallest.length / 2; piece > 0; piece /= 2) {
      for (int at = 0; at + piece <= smallest.length; ) {
        byte[] shorter = without(smallest, at, piece);
        if (stillFails(shorter)) {
          smallest = shorter;
        } else {
          at += piece;
        }
      }
    }
    for (int at = 0; at < smallest.length; at++) {
      byte[] simpler = smallest.clone();
      simpler[at] = 0;
      smallest = stillFails(simpler) ? simpler : smallest;
    }
    return smallest;
  }

  private boolean stillFails(byte[] choices) {
    return triesLeft-- > 0 && failure(choices).isPresent();
  }

  private static byte[] without(byte[] bytes, int at, int length) {
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    rest.write(bytes, 0, at);
    rest.writeBytes(Arrays.copyOfRange(bytes, at + length, bytes.length));
    return rest.toByteArray();
  }
}
