package io.donna.gateway.config;

import java.util.Optional;

/**
 * Additional places where a request may carry a token.
 *
 * @param cookie the cookie's name
 * @param queryParameter the URL query parameter's name
 */
public record CredentialSettings(Optional<String> cookie, Optional<String> queryParameter) {
  public static final CredentialSettings NONE =
      new CredentialSettings(Optional.empty(), Optional.empty());
}
