package io.donna.gateway.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** The description of the API (OpenAPI 3.1), a file beside this class. */
final class OpenApi {
  private OpenApi() {}

  static Route route() {
    return Route.get(
        "/api/v1/openapi.json",
        OperatorRole.VIEWER,
        call -> AdminResponse.bytes("application/json; charset=utf-8", document()));
  }

  static byte[] document() {
    try (InputStream in =
        Objects.requireNonNull(OpenApi.class.getResourceAsStream("openapi.json"))) {
      return in.readAllBytes();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
