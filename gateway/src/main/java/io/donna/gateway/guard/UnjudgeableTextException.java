package io.donna.gateway.guard;

/**
 * Thrown for words that no guard can judge. {@code getMessage} says why, and does not quote them.
 */
final class UnjudgeableTextException extends Exception {
  private static final long serialVersionUID = 1;

  UnjudgeableTextException(String why) {
    super(why, null, false, false);
  }
}
