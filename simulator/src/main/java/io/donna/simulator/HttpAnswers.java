package io.donna.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.simulator.protocol.Json;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/** HTTP responses to requests that do not become a session. */
final class HttpAnswers {
  private HttpAnswers() {}

  /** An error in the API's JSON format for HTTP errors. The connection is closed after it. */
  static FullHttpResponse error(HttpResponseStatus status, String code, String message) {
    var body = Json.object();
    body.putObject("error")
        .put("message", message)
        .put("type", status.code() < 500 ? "invalid_request_error" : "server_error")
        .putNull("param")
        .put("code", code);
    FullHttpResponse response = empty(status);
    response.content().writeBytes(Json.write(body).getBytes(UTF_8));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
    return response;
  }

  static FullHttpResponse redirect(String location) {
    FullHttpResponse response = empty(HttpResponseStatus.TEMPORARY_REDIRECT);
    response.headers().set(HttpHeaderNames.LOCATION, location);
    return response;
  }

  private static FullHttpResponse empty(HttpResponseStatus status) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.buffer());
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
    return response;
  }
}
