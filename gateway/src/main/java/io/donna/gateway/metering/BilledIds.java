package io.donna.gateway.metering;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The ids of what was billed last, should the upstream say it again. Confined to the session's
 * event loop.
 */
final class BilledIds {
  private static final int REMEMBERED = 256;

  /** Made when it is needed: of thousands of sessions, most are idle, and have three of these. */
  private Set<String> ids = Set.of();

  /** Whether {@code id} was not billed. It is now. */
  boolean add(String id) {
    if (ids.contains(id)) {
      return false;
    }
    if (ids.isEmpty()) {
      ids = new LinkedHashSet<>();
    } else if (ids.size() >= REMEMBERED) {
      Iterator<String> oldest = ids.iterator();
      oldest.next();
      oldest.remove();
    }
    return ids.add(id);
  }
}
