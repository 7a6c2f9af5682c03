package io.donna.gateway.auth;

/** A claim that is there and does not say what it should. The message names it, not its value. */
final class MalformedClaim extends Exception {
  MalformedClaim(String name) {
    super(name, null, false, false);
  }
}
