package io.donna.gateway.config;

import java.nio.charset.StandardCharsets;

/** A value that must not appear in logs, errors or listings; {@link #toString} hides it. */
public record Secret(String value) {
  public byte[] bytes() {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "set (" + bytes().length + " bytes)";
  }
}
