package io.donna.gateway.cli.operator;

import io.donna.gateway.config.Secret;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Speaks the API of an admin port. Not for several threads. */
final class AdminClient implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final String API = "/api/v1/";

  private final URI url;
  private final Optional<Secret> token;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  /**
   * @param url of the admin port, without a path
   * @param token shown with each request, if there is one
   */
  AdminClient(URI url, Optional<Secret> token) {
    this.url = url;
    this.token = token;
  }

  /** A value as part of a path or a query. */
  static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /**
   * Reads a resource.
   *
   * @param resource its path below {@code /api/v1/}, with its query
   * @throws IOException with a sentence for the operator
   */
  JsonNode get(String resource) throws IOException, InterruptedException {
    return send("GET", resource, BodyPublishers.noBody());
  }

  /** As {@link #get}, for a request that changes something. */
  JsonNode send(String method, String resource, ObjectNode body)
      throws IOException, InterruptedException {
    return send(method, resource, BodyPublishers.ofString(body.toString()));
  }

  /** As {@link #send(String, String, ObjectNode)}, without a body. */
  JsonNode delete(String resource) throws IOException, InterruptedException {
    return send("DELETE", resource, BodyPublishers.noBody());
  }

  private JsonNode send(String method, String resource, BodyPublisher body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url.resolve(API + resource)).timeout(TIMEOUT).method(method, body);
    if (body.contentLength() > 0) {
      request.header("Content-Type", "application/json");
    }
    token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret.value()));
    HttpResponse<String> response = send(request.build());
    JsonNode answer = parse(response);
    if (response.statusCode() / 100 == 2) {
      return answer;
    }
    throw new IOException(
        switch (response.statusCode()) {
          case 401 ->
              token.isPresent()
                  ? "%s does not accept ADMIN_TOKEN".formatted(url)
                  : "%s requires a token: set ADMIN_TOKEN in the environment or in .env"
                      .formatted(url);
          default ->
              answer.path("detail").asString("%s answers %d".formatted(url, response.statusCode()));
        });
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (ConnectException refused) {
      throw new IOException(
          "no gateway answers at %s: set ADMIN_URL or --url to its admin port".formatted(url),
          refused);
    } catch (HttpTimeoutException late) {
      throw new IOException("%s did not answer in time".formatted(url), late);
    }
  }

  private JsonNode parse(HttpResponse<String> response) throws IOException {
    String body = response.body();
    try {
      JsonNode answer = body.isEmpty() ? null : JsonMapper.shared().readTree(body);
      return answer == null ? JsonMapper.shared().createObjectNode() : answer;
    } catch (JacksonException notJson) {
      throw new IOException("%s is not the admin port of a gateway".formatted(url), notJson);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
