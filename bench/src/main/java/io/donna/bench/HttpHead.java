package io.donna.bench;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The start line and headers of a request or a response. */
record HttpHead(String startLine, Map<String, String> headers) {
  /** Parses the lines before the empty one. The last value of a repeated header wins. */
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
