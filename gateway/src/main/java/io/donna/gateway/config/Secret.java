package io.donna.gateway.config;

import java.nio.charset.StandardCharsets;

/** A value that no log, error or listing may show: {@link #toString} does not. */
public record Secret(String value) {
  public byte[] bytes() {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "set (" + bytes().length + " bytes)";
  }
}
