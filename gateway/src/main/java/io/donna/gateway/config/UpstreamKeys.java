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
public record UpstreamKeys(String header, String prefix, List<Secret> listed, Optional<Path> file) {
  static UpstreamKeys bearer(List<Secret> keys) {
    return new UpstreamKeys("Authorization", "Bearer ", keys, Optional.empty());
  }

  List<UpstreamKeys> each() {
    return listed.size() < 2
        ? List.of(this)
        : listed.stream().map(key -> new UpstreamKeys(header, prefix, List.of(key), file)).toList();
  }
}
