package io.donna.gateway.edge;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The files of a page by the paths that they are served at, known when the gateway starts. A
 * request is compared with these paths and never becomes the name of a file: there is nothing to
 * traverse. Immutable; safe from any thread.
 *
 * @param byPath exact paths, as they stand in a request line
 */
public record WebFiles(Map<String, WebFile> byPath) {
  public WebFiles {
    byPath = Map.copyOf(byPath);
  }

  public Set<String> paths() {
    return byPath.keySet();
  }

  public Optional<WebFile> at(String path) {
    return Optional.ofNullable(byPath.get(path));
  }
}
