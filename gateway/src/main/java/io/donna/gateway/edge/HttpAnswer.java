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
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An HTTP answer: a status, additional headers, and an optional JSON body. */
record HttpAnswer(
    HttpResponseStatus status, Map<String, String> headers, Optional<ObjectNode> body) {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  static ObjectNode json() {
    return MAPPER.createObjectNode();
  }

  static HttpAnswer ok(ObjectNode body) {
    return of(HttpResponseStatus.OK, body);
  }

  static HttpAnswer of(HttpResponseStatus status, ObjectNode body) {
    return new HttpAnswer(status, Map.of(), Optional.of(body));
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
    byte[] bytes =
        body.map(json -> json.toString().getBytes(StandardCharsets.UTF_8)).orElse(new byte[0]);
    ByteBuf content =
        withBody && bytes.length > 0
            ? allocator.buffer(bytes.length).writeBytes(bytes)
            : Unpooled.EMPTY_BUFFER;
    FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, content);
    headers.forEach(response.headers()::set);
    if (body.isPresent()) {
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json; charset=utf-8");
    }
    if (status.code() != HttpResponseStatus.NO_CONTENT.code()) {
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, bytes.length);
    }
    response
        .headers()
        .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .set("X-Content-Type-Options", "nosniff")
        // Answers are JSON only: never a page, never framed, never embedded by another site.
        .set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        .set("Cross-Origin-Resource-Policy", "same-origin")
        .set("Referrer-Policy", "no-referrer");
    return response;
  }
}
