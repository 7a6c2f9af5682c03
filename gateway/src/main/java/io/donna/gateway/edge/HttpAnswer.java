package io.donna.gateway.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An HTTP answer: a status, additional headers, and an optional body. */
record HttpAnswer(HttpResponseStatus status, Map<String, String> headers, Optional<Body> body) {
  /** What an answer may carry. */
  sealed interface Body {
    record Json(ObjectNode value) implements Body {}

    record File(WebFile value) implements Body {}
  }

  /** Without a body by definition, so that a length would be another answer's. */
  private static final Set<HttpResponseStatus> BODILESS =
      Set.of(HttpResponseStatus.NO_CONTENT, HttpResponseStatus.NOT_MODIFIED);

  private static final JsonMapper MAPPER = JsonMapper.shared();

  /**
   * Of every answer. A file has a policy of its own, as a page has scripts; JSON is never a page,
   * never framed, never embedded by another site.
   */
  private static final Map<String, String> PROTECTION =
      Map.of(
          "Cache-Control", "no-store",
          "X-Content-Type-Options", "nosniff",
          "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Referrer-Policy", "no-referrer");

  static ObjectNode json() {
    return MAPPER.createObjectNode();
  }

  static HttpAnswer ok(ObjectNode body) {
    return of(HttpResponseStatus.OK, body);
  }

  static HttpAnswer of(HttpResponseStatus status, ObjectNode body) {
    return new HttpAnswer(status, Map.of(), Optional.of(new Body.Json(body)));
  }

  static HttpAnswer error(HttpResponseStatus status, String error) {
    return of(status, json().put("error", error));
  }

  /** An error in the upstream API's format, which SDKs read. */
  static HttpAnswer ofApi(
      HttpResponseStatus status,
      Optional<String> code,
      String message,
      Optional<String> parameter) {
    ObjectNode body = json();
    body.putObject("error")
        .put("message", message)
        .put("type", status.code() >= 500 ? "server_error" : "invalid_request_error")
        .put("param", parameter.orElse(null))
        .put("code", code.orElse(null));
    return of(status, body);
  }

  /** A file, or 304 where the client holds it already (RFC 9110, 13.1.2). */
  static HttpAnswer file(WebFile file, List<String> ifNoneMatch) {
    return file.isHeldBy(ifNoneMatch)
        ? new HttpAnswer(HttpResponseStatus.NOT_MODIFIED, file.headers(), Optional.empty())
        : new HttpAnswer(HttpResponseStatus.OK, file.headers(), Optional.of(new Body.File(file)));
  }

  static HttpAnswer empty(HttpResponseStatus status) {
    return new HttpAnswer(status, Map.of(), Optional.empty());
  }

  /** Whether the connection closes after this answer. */
  boolean isLast() {
    return "close".equals(headers.get("Connection"));
  }

  /** The same answer, after which the connection closes. */
  HttpAnswer last() {
    return with("Connection", "close");
  }

  HttpAnswer with(String name, Object value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value.toString());
    return new HttpAnswer(status, more, body);
  }

  /**
   * The response on the wire.
   *
   * @param withBody false for {@code HEAD}: the length is sent without the body
   */
  FullHttpResponse encode(ByteBufAllocator allocator, boolean withBody) {
    ByteBuf content = content(allocator);
    int length = content.readableBytes();
    if (!withBody) {
      content.release();
      content = Unpooled.EMPTY_BUFFER;
    }
    FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, content);
    PROTECTION.forEach(response.headers()::set);
    headers.forEach(response.headers()::set);
    if (body.isPresent()) {
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType(body.get()));
    }
    if (!BODILESS.contains(status)) {
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
    }
    return response;
  }

  private ByteBuf content(ByteBufAllocator allocator) {
    return body.map(carried ->
            switch (carried) {
              case Body.Json(ObjectNode json) -> {
                byte[] bytes = json.toString().getBytes(StandardCharsets.UTF_8);
                yield allocator.buffer(bytes.length).writeBytes(bytes);
              }
              case Body.File(WebFile file) -> file.content();
            })
        .orElse(Unpooled.EMPTY_BUFFER);
  }

  private static String contentType(Body body) {
    return switch (body) {
      case Body.Json(ObjectNode json) -> "application/json; charset=utf-8";
      case Body.File(WebFile file) -> file.contentType();
    };
  }
}
