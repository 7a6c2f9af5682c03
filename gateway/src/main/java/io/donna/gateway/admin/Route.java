package io.donna.gateway.admin;

import io.netty.handler.codec.http.HttpMethod;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A row of the admin port's table.
 *
 * @param path a pattern such as {@code /api/v1/sessions/{id}/end}
 * @param role who may
 */
public record Route(HttpMethod method, String path, OperatorRole role, Handler handler) {
  /** Handles a request on a virtual thread; may block for seconds. */
  @FunctionalInterface
  public interface Handler {
    AdminResponse answer(AdminRequest call) throws InterruptedException;
  }

  public static Route get(String path, OperatorRole role, Handler handler) {
    return new Route(HttpMethod.GET, path, role, handler);
  }

  public static Route post(String path, OperatorRole role, Handler handler) {
    return new Route(HttpMethod.POST, path, role, handler);
  }

  public static Route put(String path, OperatorRole role, Handler handler) {
    return new Route(HttpMethod.PUT, path, role, handler);
  }

  public static Route delete(String path, OperatorRole role, Handler handler) {
    return new Route(HttpMethod.DELETE, path, role, handler);
  }

  /** Whether its answers are for programs, not for people. */
  boolean isOfApi() {
    return path.startsWith("/api/");
  }

  /** The parameters of a requested path; empty if it is another. */
  Optional<Map<String, String>> match(String requested) {
    String[] pattern = path.split("/", -1);
    String[] segments = requested.split("/", -1);
    if (pattern.length != segments.length) {
      return Optional.empty();
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int i = 0; i < pattern.length; i++) {
      if (!pattern[i].startsWith("{")) {
        if (!pattern[i].equals(segments[i])) {
          return Optional.empty();
        }
      } else if (segments[i].isEmpty()) {
        return Optional.empty();
      } else {
        String name = pattern[i].substring(1, pattern[i].length() - 1);
        Optional<String> value = decode(segments[i]);
        if (value.isEmpty()) {
          return Optional.empty();
        }
        parameters.put(name, value.get());
      }
    }
    return Optional.of(parameters);
  }

  /** A plus stands for itself in a path. */
  private static Optional<String> decode(String segment) {
    try {
      return Optional.of(URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }
}
