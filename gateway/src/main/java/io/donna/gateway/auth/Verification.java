package io.donna.gateway.auth;

/** What became of a token. */
public sealed interface Verification {
  record Verified(User user) implements Verification {}

  /** {@code error} is for the log; it names the fault and never holds the token. */
  record Rejected(String error) implements Verification {}
}
