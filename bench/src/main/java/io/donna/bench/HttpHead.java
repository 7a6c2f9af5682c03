package io.donna.bench;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The start line and headers of a request or a response. */
record HttpHead(String startLine, Map<String, String> headers) {
  /** Takes the lines up to the empty one. A header that comes twice keeps its last value. */
  static HttpHead parse(String text) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    text.lines()
        .skip(1)
        .map(line -> line.split(":", 2))
        .filter(parts -> parts.length == 2)
        .forEach(parts -> headers.put(parts[0].strip(), parts[1].strip()));
    return new HttpHead(text.lines().findFirst().orElse(""), headers);
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }
}
