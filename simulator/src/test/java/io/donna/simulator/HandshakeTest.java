package io.donna.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class HandshakeTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Simulator simulator = Simulator.builder().apiKey("sk-test").start();

  @AfterEach
  void stop() {
    simulator.close();
  }

  @ParameterizedTest(name = "{0} with {1}: {2} is closed with {3}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "?model=gpt-realtime | X-Nothing: -          | -                       | 3000 | invalid_request_error",
        "?model=gpt-realtime | Authorization: Basic  | -                       | 3000 | invalid_request_error",
        "?model=gpt-realtime | Authorization: Bearer sk-other | invalid_api_key | 3000 | invalid_request_error.invalid_api_key",
        "?model=gpt-4o       | Authorization: Bearer sk-test  | invalid_model   | 4000 | invalid_request_error.invalid_model",
        "?model=fault/oops   | Authorization: Bearer sk-test  | invalid_model   | 4000 | invalid_request_error.invalid_model",
        "?model=whisper-1&intent=transcription | Authorization: Bearer sk-test | invalid_model | 4000 | invalid_request_error.invalid_model",
        "?x=y                | Authorization: Bearer sk-test  | missing_model   | 4000 | invalid_request_error.missing_model",
      })
  void acceptsFirstAndRefusesInTheSession(
      String query, String header, @Nullable String code, int close, String reason) {
    String[] nameAndValue = header.split(": *", 2);

    try (var client = RealtimeClient.connect(simulator, query, nameAndValue[0], nameAndValue[1])) {
      JsonNode error = client.next().path("error");
      assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
      assertThat(error.path("code").asString(null)).isEqualTo(code);
      assertThat(client.awaitEnd()).isEqualTo(close + " " + reason);
    }
  }

  @Test
  void refusesTheBetaProtocolInItsHeader() {
    try (var client =
        RealtimeClient.connect(
            simulator,
            "?model=gpt-realtime",
            "Authorization",
            "Bearer sk-test",
            "OpenAI-Beta",
            "realtime=v1")) {
      assertThat(client.next().at("/error/message").asString())
          .isEqualTo(
              "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA"
                  + " API.");
      assertThat(client.awaitEnd()).isEqualTo("4000 invalid_request_error.beta_api_shape_disabled");
    }
  }

  @Test
  void refusesTheBetaProtocolInItsSubprotocol() {
    try (var client =
        offering("realtime", "openai-insecure-api-key.sk-test", "openai-beta.realtime-v1")) {
      assertThat(client.awaitEnd()).isEqualTo("4000 invalid_request_error.beta_api_shape_disabled");
    }
  }

  @Test
  void takesTheKeyFromTheSubprotocolAndAnswersRealtimeOnly() {
    try (var client = offering("realtime", "openai-insecure-api-key.sk-test")) {
      assertThat(client.socket().getSubprotocol()).isEqualTo("realtime");
      assertThat(client.next().path("type").asString()).isEqualTo("session.created");
    }
  }

  @Test
  void answersNoSubprotocolWhenNoneIsOffered() {
    try (var client = RealtimeClient.connect(simulator)) {
      assertThat(client.socket().getSubprotocol()).isEmpty();
    }
  }

  @Test
  void takesTheKeyFromTheHeaderOfAzure() {
    try (var client =
        RealtimeClient.connect(simulator, "?model=gpt-realtime", "api-key", "sk-test")) {
      assertThat(client.next().path("type").asString()).isEqualTo("session.created");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/realtime?model=gpt-realtime-2.1",
        "/v1/realtime?model=gpt-realtime-mini",
        "/openai/v1/realtime?model=gpt-realtime",
        "/openai/realtime?api-version=2025-04-01-preview&deployment=gpt-realtime"
      })
  void servesEveryPathOfTheApi(String path) {
    URI uri = simulator.uri().resolve(path);

    try (var client =
        RealtimeClient.connect(HTTP, uri, List.of(), "Authorization", "Bearer sk-test")) {
      JsonNode created = client.next();
      assertThat(created.path("type").asString()).isEqualTo("session.created");
      assertThat(path).endsWith(created.at("/session/model").asString());
    }
  }

  @ParameterizedTest
  @CsvSource({"/v1/realtime?model=gpt-realtime,426", "/v1/models,404", "/,404"})
  void answersOtherRequestsInTheApisErrorShape(String path, int status) throws Exception {
    URI uri = URI.create("http" + simulator.uri().toString().substring(2)).resolve(path);

    HttpResponse<String> response =
        HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    JsonNode error = JsonMapper.shared().readTree(response.body()).path("error");
    assertThat(error.path("message").asString()).isNotEmpty();
    assertThat(error.propertyNames()).containsExactly("message", "type", "param", "code");
  }

  @Test
  void startsATranscriptionSessionWithoutAModel() {
    try (var client =
        RealtimeClient.connect(
            simulator, "?intent=transcription", "Authorization", "Bearer sk-test")) {
      JsonNode session = client.await("session.created").path("session");
      assertThat(session.propertyNames())
          .containsExactly("type", "object", "id", "expires_at", "audio", "include");
      assertThat(session.path("object").asString()).isEqualTo("realtime.transcription_session");

      client.update("{\"type\":\"transcription\",\"audio\":{\"input\":{\"turn_detection\":null}}}");
      assertThat(client.await("session.updated").at("/session/audio/input/turn_detection").isNull())
          .isTrue();
      client.respond();
      assertThat(client.next().at("/error/code").asString()).isEqualTo("invalid_event");
    }
  }

  private RealtimeClient offering(String... subprotocols) {
    return RealtimeClient.connect(
        HTTP, URI.create(simulator.uri() + "?model=gpt-realtime"), List.of(subprotocols));
  }
}
