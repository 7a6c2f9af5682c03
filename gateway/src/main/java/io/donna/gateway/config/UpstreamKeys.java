package io.donna.gateway.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the gateway proves itself with to an upstream.
 *
 * @param header the request header that a key goes in
 * @param prefix what stands before it there
 * @param listed the keys, used in turn; none where the upstream asks for none
 * @param file holds the one key, and is read for every connection, as somebody renews it
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
