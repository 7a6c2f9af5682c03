package io.donna.gateway.auth;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Revoked tokens and users. Immutable.
 *
 * @param tokenIds the {@code jti} of revoked tokens
 * @param users revoked users by id, with the time before which their tokens are revoked
 */
record RevocationList(Set<String> tokenIds, Map<String, Instant> users) {
  private static final int LONGEST_LINE = 64 * 1024;

  static final RevocationList EMPTY = new RevocationList(Set.of(), Map.of());

  /**
   * Reads one JSON object a line: {@code {"jti":"..."}}, {@code {"sub":"..."}}, or {@code
   * {"sub":"...","before":"2026-11-24T12:00:00Z"}} for a user who may sign in again. Ignores empty
   * lines and lines that begin with {@code #}.
   *
   * @throws IOException when a line is invalid; the message says which
   */
  static RevocationList read(byte[] text) throws IOException {
    Set<String> tokenIds = new HashSet<>();
    Map<String, Instant> users = new HashMap<>();
    int number = 1;
    for (int begin = 0; begin < text.length; number++) {
      int end = begin;
      while (end < text.length && text[end] != '\n') {
        end++;
      }
      try {
        add(text, begin, end, tokenIds, users);
      } catch (MalformedClaim | DateTimeException malformed) {
        throw new IOException(
            "line %d is neither {\"jti\":\"...\"} nor {\"sub\":\"...\",\"before\":\"TIME\"}"
                .formatted(number));
      }
      begin = end + 1;
    }
    return new RevocationList(Set.copyOf(tokenIds), Map.copyOf(users));
  }

  /** One line of the text. */
  private static void add(
      byte[] text, int begin, int end, Set<String> tokenIds, Map<String, Instant> users)
      throws MalformedClaim {
    if (end - begin > LONGEST_LINE) {
      throw new MalformedClaim("line");
    }
    String line = new String(text, begin, end - begin, StandardCharsets.UTF_8).strip();
    if (!line.isEmpty() && !line.startsWith("#")) {
      add(Arrays.copyOfRange(text, begin, end), tokenIds, users);
    }
  }

  private static void add(byte[] line, Set<String> tokenIds, Map<String, Instant> users)
      throws MalformedClaim {
    ObjectNode entry = StrictJson.object(line).orElseThrow(() -> new MalformedClaim("line"));
    Set<String> names = new HashSet<>(entry.propertyNames());
    if (names.equals(Set.of("jti"))) {
      tokenIds.add(named(entry, "jti"));
    } else if (names.equals(Set.of("sub")) || names.equals(Set.of("sub", "before"))) {
      Instant before =
          names.contains("before") ? Instant.parse(named(entry, "before")) : Instant.MAX;
      users.merge(named(entry, "sub"), before, RevocationList::later);
    } else {
      throw new MalformedClaim("line");
    }
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  /** The union of both lists. */
  RevocationList with(RevocationList more) {
    Set<String> allTokenIds = new HashSet<>(tokenIds);
    allTokenIds.addAll(more.tokenIds);
    Map<String, Instant> allUsers = new HashMap<>(users);
    more.users.forEach((user, before) -> allUsers.merge(user, before, RevocationList::later));
    return new RevocationList(Set.copyOf(allTokenIds), Map.copyOf(allUsers));
  }

  private static String named(ObjectNode entry, String name) throws MalformedClaim {
    return Claims.name(entry, name).orElseThrow(() -> new MalformedClaim(name));
  }

  /**
   * Whether the user or one of its tokens is revoked; a token without an issue time counts as old.
   */
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
