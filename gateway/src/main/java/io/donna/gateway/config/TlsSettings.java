package io.donna.gateway.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The PEM files for TLS on the public port.
 *
 * @param certificate the chain, the gateway's own certificate first
 * @param key its private key
 * @param clientAuthorities the authorities of client certificates, if clients must present one
 */
public record TlsSettings(Path certificate, Path key, Optional<Path> clientAuthorities) {
  public List<Path> files() {
    return Stream.concat(Stream.of(certificate, key), clientAuthorities.stream()).toList();
  }
}
