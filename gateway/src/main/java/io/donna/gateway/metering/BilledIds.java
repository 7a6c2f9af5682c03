package io.donna.gateway.metering;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/** The IDs billed last, in case the upstream repeats one. Confined to the session's event loop. */
final class BilledIds {
  private static final int REMEMBERED = 256;

  /** Created on first use: of thousands of sessions most are idle, and each has three of these. */
  private Set<String> ids = Set.of();

  /** Marks {@code id} as billed. Returns whether it was not billed before. */
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
