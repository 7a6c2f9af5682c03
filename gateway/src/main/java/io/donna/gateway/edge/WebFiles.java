package io.donna.gateway.edge;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The files of a page by the paths that they are served at. The paths are known when the gateway
 * starts: a request is compared with them and never becomes the name of a file, so there is nothing
 * to traverse. A file is read when it is first asked for, as a start must not wait for pages. Safe
 * from any thread.
 */
public final class WebFiles {
  private final Map<String, Supplier<WebFile>> sources;
  private final Map<String, WebFile> read = new ConcurrentHashMap<>();

  /**
   * @param sources by exact paths, as they stand in a request line
   */
  public WebFiles(Map<String, Supplier<WebFile>> sources) {
    this.sources = Map.copyOf(sources);
  }

  public Set<String> paths() {
    return sources.keySet();
  }

  /** The file at a path; empty if there is none. */
  public Optional<WebFile> at(String path) {
    @Nullable Supplier<WebFile> source = sources.get(path);
    return source == null
        ? Optional.empty()
        : Optional.of(read.computeIfAbsent(path, first -> source.get()));
  }
}
