package io.donna.gateway.admin;

import java.util.Locale;

/** What somebody may do on the admin port; each may do what those before it may. */
public enum OperatorRole {
  /** Anybody who can reach the port. */
  OPEN,
  /** Sees everything, changes nothing. */
  VIEWER,
  /** Changes what a running gateway does. */
  OPERATOR;

  boolean includes(OperatorRole other) {
    return compareTo(other) >= 0;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
