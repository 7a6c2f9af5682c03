package io.donna.gateway.auth;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tokens and users that count no more. Immutable.
 *
 * @param tokenIds by their {@code jti}
 * @param users by their id, with the time before which tokens must not have been issued
 */
record RevocationList(Set<String> tokenIds, Map<String, Instant> users) {
  static final RevocationList EMPTY = new RevocationList(Set.of(), Map.of());

  /**
   * Reads a file with one JSON object a line: {@code {"jti":"..."}}, {@code {"sub":"..."}}, or
   * {@code {"sub":"...","before":"2026-11-24T12:00:00Z"}} for a user who may sign in anew. Empty
   * lines and those that begin with {@code #} do not count.
   *
   * @throws IOException when it cannot be read, or a line is none of these; it says which
   */
  static RevocationList read(Path file) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (CharacterCodingException notText) {
      throw new IOException(file + " is not UTF-8 text", notText);
    }
    Set<String> tokenIds = new HashSet<>();
    Map<String, Instant> users = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      try {
        add(line, tokenIds, users);
      } catch (MalformedClaim | DateTimeException malformed) {
        throw new IOException(
            "%s, line %d: it takes {\"jti\":\"...\"} or {\"sub\":\"...\",\"before\":\"TIME\"}"
                .formatted(file, i + 1));
      }
    }
    return new RevocationList(Set.copyOf(tokenIds), Map.copyOf(users));
  }

  private static void add(String line, Set<String> tokenIds, Map<String, Instant> users)
      throws MalformedClaim {
    ObjectNode entry =
        StrictJson.object(line.getBytes(StandardCharsets.UTF_8))
            .orElseThrow(() -> new MalformedClaim("line"));
    Set<String> names = new HashSet<>(entry.propertyNames());
    if (names.equals(Set.of("jti"))) {
      tokenIds.add(named(entry, "jti"));
    } else if (names.equals(Set.of("sub")) || names.equals(Set.of("sub", "before"))) {
      Instant before =
          names.contains("before") ? Instant.parse(named(entry, "before")) : Instant.MAX;
      users.merge(named(entry, "sub"), before, (one, other) -> one.isAfter(other) ? one : other);
    } else {
      throw new MalformedClaim("line");
    }
  }

  private static String named(ObjectNode entry, String name) throws MalformedClaim {
    return Claims.name(entry, name).orElseThrow(() -> new MalformedClaim(name));
  }

  /** A token that does not say when it was issued was issued before whatever time. */
  boolean covers(User user) {
    for (String id : user.tokenIds()) {
      if (tokenIds.contains(id)) {
        return true;
      }
    }
    Instant before = users.get(user.id());
    return before != null && user.issuedAt().orElse(Instant.MIN).isBefore(before);
  }
}
