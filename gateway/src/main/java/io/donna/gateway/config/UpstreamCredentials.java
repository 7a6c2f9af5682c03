package io.donna.gateway.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The credentials of the gateway for an upstream.
 *
 * @param header the request header that carries a key
 * @param prefix precedes the key in the header
 * @param listed the keys, used in turn; empty if the upstream requires none
 * @param file contains the only key; read for every connection, as another process renews it
 */
public record UpstreamCredentials(
    String header, String prefix, List<Secret> listed, Optional<Path> file) {
  static UpstreamCredentials bearer(List<Secret> keys) {
    return new UpstreamCredentials("Authorization", "Bearer ", keys, Optional.empty());
  }

  List<UpstreamCredentials> each() {
    return listed.size() < 2
        ? List.of(this)
        : listed.stream()
            .map(key -> new UpstreamCredentials(header, prefix, List.of(key), file))
            .toList();
  }
}
