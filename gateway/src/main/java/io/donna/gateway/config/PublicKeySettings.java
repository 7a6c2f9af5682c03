package io.donna.gateway.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Sources of public keys that verify tokens; at most one of {@code setUrl} and {@code issuer} is
 * set.
 *
 * @param setUrl URL of a JWK set
 * @param issuer an OpenID provider, exactly as in the {@code iss} of its tokens
 * @param file a PEM file or JWK set
 */
public record PublicKeySettings(
    Optional<URI> setUrl, Optional<String> issuer, Optional<Path> file) {
  public static final PublicKeySettings NONE =
      new PublicKeySettings(Optional.empty(), Optional.empty(), Optional.empty());

  public boolean arePresent() {
    return setUrl.isPresent() || issuer.isPresent() || file.isPresent();
  }
}
