package io.donna.gateway.auth;

/** A claim with an invalid value. The message is the claim's name, without its value. */
final class MalformedClaim extends Exception {
  MalformedClaim(String name) {
    super(name, null, false, false);
  }
}
