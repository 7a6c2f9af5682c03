package io.donna.gateway.cli.operator;

import io.donna.gateway.cli.talk.Trust;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
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
  private final HttpClient http;

  private AdminClient(URI url, Optional<Secret> token, HttpClient http) {
    this.url = url;
    this.token = token;
    this.http = http;
  }

  /**
   * A client of one gateway.
   *
   * @param url of the admin port, without a path
   * @param token shown with each request, if there is one
   * @param authorities a PEM file with the certificates to trust; empty: those of the platform
   * @throws IOException if that file cannot be used; the message says why
   */
  static AdminClient of(URI url, Optional<Secret> token, Optional<Path> authorities)
      throws IOException {
    HttpClient.Builder http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5));
    if (authorities.isPresent()) {
      http.sslContext(Trust.in(authorities.get()));
    }
    return new AdminClient(url, token, http.build());
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
          default -> problem(answer, response.statusCode());
        });
  }

  /** The problem (RFC 9457) in words, with each field that is wrong. */
  private String problem(JsonNode answer, int status) {
    // The public port, and a port that speaks TLS, state their errors in one field.
    String error = answer.path("error").asString("%s answers %d".formatted(url, status));
    String detail = answer.path("detail").asString(error);
    String fields =
        answer
            .path("errors")
            .valueStream()
            .map(
                wrong -> wrong.path("field").asString("") + " " + wrong.path("detail").asString(""))
            .collect(Collectors.joining("; "));
    return fields.isEmpty() ? detail : detail + ": " + fields;
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
    } catch (SSLException untrusted) {
      throw new IOException(
          "no TLS with %s: %s; set ADMIN_CA_FILE or --ca to the authority of its certificate"
              .formatted(url, untrusted.getMessage()),
          untrusted);
    } catch (IOException broken) {
      throw new IOException(
          "%s closed the connection: is it the admin port, and does it use TLS (https://)?"
              .formatted(url),
          broken);
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
