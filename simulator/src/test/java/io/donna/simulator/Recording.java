package io.donna.simulator;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Events of a protocol as they were recorded, one of each type. */
final class Recording {
  private final List<JsonNode> events;

  private Recording(List<JsonNode> events) {
    this.events = events;
  }

  /** Reads a resource of JSON lines. */
  static Recording of(String resource) {
    try (InputStream in = Recording.class.getResourceAsStream(resource)) {
      byte[] text = Objects.requireNonNull(in, resource).readAllBytes();
      return new Recording(
          new String(text, StandardCharsets.UTF_8)
              .lines()
              .map(JsonMapper.shared()::readTree)
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JsonNode event(String type) {
    return events.stream()
        .filter(event -> event.path("type").asString().equals(type))
        .findFirst()
        .orElseThrow();
  }

  List<JsonNode> events() {
    return events;
  }
}
