package io.donna.gateway.guard;

/** Words are such that nobody can judge them. {@code getMessage} says why, and quotes nothing. */
final class Unjudgeable extends Exception {
  private static final long serialVersionUID = 1;

  Unjudgeable(String why) {
    super(why, null, false, false);
  }
}
