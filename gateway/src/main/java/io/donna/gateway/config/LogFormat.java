package io.donna.gateway.config;

/** {@code LOG_FORMAT}: text lines for people, or one JSON object a line. */
public enum LogFormat {
  TEXT,
  JSON
}
