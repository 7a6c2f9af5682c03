package io.donna.gateway.config;

import java.util.Optional;

/**
 * Places where a token may be beside those that it may always be in.
 *
 * @param cookie the name of a cookie
 * @param queryParameter the name of a parameter of the URL
 */
public record CredentialSettings(Optional<String> cookie, Optional<String> queryParameter) {
  public static final CredentialSettings NONE =
      new CredentialSettings(Optional.empty(), Optional.empty());
}
