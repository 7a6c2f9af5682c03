package io.donna.gateway.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * TLS on the public port, by PEM files.
 *
 * @param certificate the chain, the gateway's own certificate first
 * @param key its private key
 * @param clientAuthorities who signs the certificates that clients must show, if they must
 */
public record TlsSettings(Path certificate, Path key, Optional<Path> clientAuthorities) {
  public List<Path> files() {
    return Stream.concat(Stream.of(certificate, key), clientAuthorities.stream()).toList();
  }
}
