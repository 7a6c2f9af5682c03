package io.donna.gateway.admin;

/**
 * Who uses the admin port.
 *
 * @param name for the log: {@code token}, {@code local}, or what the identity provider calls it
 */
public record Operator(String name, OperatorRole role) {
  /** Somebody who has not said who it is. */
  static final Operator ANYBODY = new Operator("anybody", OperatorRole.OPEN);
}
