package io.donna.gateway.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where public keys that verify tokens come from; of the first two at most one.
 *
 * @param setUrl a JWK set
 * @param issuer an OpenID provider, exactly as its tokens name it
 * @param file PEM, or a JWK set
 */
public record PublicKeySettings(
    Optional<URI> setUrl, Optional<String> issuer, Optional<Path> file) {
  public static final PublicKeySettings NONE =
      new PublicKeySettings(Optional.empty(), Optional.empty(), Optional.empty());

  public boolean arePresent() {
    return setUrl.isPresent() || issuer.isPresent() || file.isPresent();
  }
}
