package io.donna.gateway.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What the admin port answers: a body, or a stream of server-sent events. */
public sealed interface AdminResponse {
  /** Nothing from elsewhere, no inline script, no frame: what a page of the admin port may do. */
  String PAGE_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
          + " frame-ancestors 'none'";

  /** A body of one of the API's answers, which no browser may run as a page. */
  String DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

  /**
   * A whole body.
   *
   * @param headers beside those that every answer has
   */
  record Whole(
      HttpResponseStatus status, Map<String, String> headers, String contentType, ByteBuffer body)
      implements AdminResponse {

    /** The same with one more header. */
    public Whole with(String name, Object value) {
      Map<String, String> more = new LinkedHashMap<>(headers);
      more.put(name, value.toString());
      return new Whole(status, more, contentType, body);
    }
  }

  /**
   * A stream of server-sent events.
   *
   * @param watcher the operator's name
   * @param stillAllowed whether the subscriber may still see them
   * @param subscriber gets the stream once it has begun; must not block
   */
  record Events(String watcher, BooleanSupplier stillAllowed, Consumer<EventStream> subscriber)
      implements AdminResponse {}

  static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /** An empty object, to be filled. */
  static ObjectNode object() {
    return JsonMapper.shared().createObjectNode();
  }

  static Whole ok(JsonNode body) {
    return json(HttpResponseStatus.OK, body);
  }

  static Whole json(HttpResponseStatus status, JsonNode body) {
    return data(status, "application/json; charset=utf-8", utf8(body.toString()));
  }

  static Whole bytes(String contentType, byte[] body) {
    return data(HttpResponseStatus.OK, contentType, ByteBuffer.wrap(body));
  }

  private static Whole data(HttpResponseStatus status, String contentType, ByteBuffer body) {
    return new Whole(status, Map.of("Content-Security-Policy", DATA_POLICY), contentType, body);
  }

  /** Leads a browser on. */
  static Whole redirect(String location) {
    return new Whole(
        HttpResponseStatus.SEE_OTHER,
        Map.of("Content-Security-Policy", DATA_POLICY, "Location", location),
        "text/plain; charset=utf-8",
        ByteBuffer.allocate(0));
  }

  /** An error in words (RFC 9457). */
  static Whole problem(HttpResponseStatus status, String detail) {
    return problem(status, problemBody(status, detail));
  }

  static Whole problem(HttpResponseStatus status, ObjectNode body) {
    return data(status, "application/problem+json", utf8(body.toString()));
  }

  static ObjectNode problemBody(HttpResponseStatus status, String detail) {
    return object()
        .put("type", "about:blank")
        .put("title", status.reasonPhrase())
        .put("status", status.code())
        .put("detail", detail);
  }
}
