package io.donna.gateway.kit;

/**
 * How much of a heavy test is run: in {@code ./donna verify} a part in which the same can go wrong,
 * with {@code ./donna abuse} all of it.
 */
public final class Scale {
  private static final boolean WHOLE = Boolean.getBoolean("donna.whole");

  private Scale() {}

  static boolean isWhole() {
    return WHOLE;
  }

  public static int of(int whole, int part) {
    return WHOLE ? whole : part;
  }

  /** Says what was measured, where that is what the run is for. */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more library
  public static void figure(String format, Object... values) {
    if (WHOLE) {
      System.out.println("FIGURE " + format.formatted(values));
    }
  }
}
