package io.donna.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The playground's files as HTTP serves them; PlaygroundTest opens the page. */
class PlaygroundFilesTest {
  private static final Path FOLDER = Path.of("src/main/web/playground");

  @Test
  void servesEveryFileOfItsFolderAndNoOther() throws IOException {
    List<String> files;
    try (Stream<Path> listed = Files.list(FOLDER)) {
      files = listed.map(file -> file.getFileName().toString()).sorted().toList();
    }

    assertThat(files).contains("index.html");
    assertThat(Playground.FILES)
        .containsExactlyElementsOf(
            files.stream().filter(name -> !name.equals("index.html")).toList());
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      for (String name : Playground.FILES) {
        HttpResponse<String> answer = gateway.get("/playground/" + name);

        assertThat(answer.statusCode()).as(name).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(Files.readString(FOLDER.resolve(name)));
      }
      assertThat(gateway.get("/playground").body())
          .isEqualTo(Files.readString(FOLDER.resolve("index.html")));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/playground",
        "/playground/app.js",
        "/playground/style.css",
        "/playground/icon.svg",
        "/playground/settings.json"
      })
  void protectsThePage(String path) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      HttpResponse<String> answer = gateway.get(path);

      assertThat(header(answer, "Content-Security-Policy"))
          .startsWith("default-src 'none'; script-src 'self'; style-src 'self';")
          .contains("frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'")
          .contains("require-trusted-types-for 'script'")
          .doesNotContain("unsafe", "http", "*", "data:");
      assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(header(answer, "Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
      assertThat(header(answer, "Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
      assertThat(header(answer, "Referrer-Policy")).isEqualTo("no-referrer");
      assertThat(header(answer, "Permissions-Policy")).contains("microphone=(self)", "camera=()");
    }
  }

  private static String header(HttpResponse<String> answer, String name) {
    assertThat(answer.headers().allValues(name)).as(name).hasSize(1);
    return answer.headers().firstValue(name).orElseThrow();
  }

  @Test
  void namesTheTypeOfEachFile() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      assertThat(header(gateway.get("/playground"), "Content-Type"))
          .isEqualTo("text/html; charset=utf-8");
      assertThat(header(gateway.get("/playground/app.js"), "Content-Type"))
          .isEqualTo("text/javascript; charset=utf-8");
      assertThat(header(gateway.get("/playground/style.css"), "Content-Type"))
          .isEqualTo("text/css; charset=utf-8");
      assertThat(header(gateway.get("/playground/icon.svg"), "Content-Type"))
          .isEqualTo("image/svg+xml");
    }
  }

  @Test
  void sendsNothingAgainThatTheBrowserHas() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      HttpResponse<String> first = gateway.get("/playground/app.js");
      String etag = header(first, "ETag");
      HttpResponse<String> second =
          gateway.get("/playground/app.js", "If-None-Match", "\"other\", W/" + etag);
      HttpResponse<String> other = gateway.get("/playground/style.css", "If-None-Match", etag);

      assertThat(header(first, "Cache-Control")).isEqualTo("no-cache");
      assertThat(second.statusCode()).isEqualTo(304);
      assertThat(second.body()).isEmpty();
      assertThat(second.headers().firstValue("Content-Length")).isEmpty();
      assertThat(header(second, "ETag")).isEqualTo(etag);
      assertThat(other.statusCode()).isEqualTo(200);
    }
  }

  private static String head(String method, String more) {
    return method + " /playground/app.js HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
  }

  /** On one connection: a body where none belongs would be read as the next answer. */
  @Test
  void answersHeadWithTheLengthAndOtherMethodsWith405() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client =
            TestClient.raw(
                gateway.port(), head("HEAD", "") + head("POST", "Content-Length: 0\r\n"))) {
      String length = header(gateway.get("/playground/app.js"), "Content-Length");

      assertThat(client.head()).startsWith("HTTP/1.1 200").contains("content-length: " + length);
      assertThat(client.nextHead()).startsWith("HTTP/1.1 405").contains("GET, HEAD, OPTIONS");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/playground/",
        "/playground/index.html",
        "/playground/../playground",
        "/playground/../prices.yaml",
        "/playground/..%2f..%2fconfig/prices.yaml",
        "/playground/%2e%2e/app.js",
        "/playground/./app.js",
        "/playground//app.js",
        "/playground/app.js/",
        "/playground/app.js%00.css",
        "/playground/App.js",
        "/playground\\app.js",
        "/Playground",
        "//playground",
      })
  void knowsNoOtherPath(String path) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        TestClient client =
            TestClient.raw(
                gateway.port(), "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
      assertThat(client.status()).isEqualTo(404);
      assertThat(client.body()).isEqualTo("{\"error\":\"Not found\"}");
    }
  }

  @Test
  void isAnUnknownPathWhereItIsOff() {
    try (RunningGateway off = RunningGateway.with("PLAYGROUND", false).start();
        RunningGateway production =
            RunningGateway.with("DONNA_ENV", "production")
                .with("ALLOWED_ORIGINS", "https://app.example.com")
                .start();
        RunningGateway wanted =
            RunningGateway.with("DONNA_ENV", "production")
                .with("ALLOWED_ORIGINS", "https://app.example.com")
                .with("PLAYGROUND", true)
                .start()) {
      for (String path :
          List.of("/playground", "/playground/app.js", "/playground/settings.json")) {
        assertThat(off.get(path).statusCode()).isEqualTo(404);
        assertThat(off.get(path).body()).isEqualTo(off.get("/nowhere").body());
        assertThat(production.get(path).statusCode()).isEqualTo(404);
        assertThat(wanted.get(path).statusCode()).isEqualTo(200);
      }
    }
  }

  /** Two visits are two requests; the parts of a page that was served are served. */
  @Test
  void countsAVisitAndNotItsParts() {
    try (RunningGateway gateway = RunningGateway.with("RATE_LIMIT_MAX_REQUESTS", 2).start()) {
      for (int visit = 0; visit < 2; visit++) {
        assertThat(gateway.get("/playground").statusCode()).isEqualTo(200);
        Playground.FILES.forEach(
            name -> assertThat(gateway.get("/playground/" + name).statusCode()).isEqualTo(200));
      }

      assertThat(gateway.get("/playground").statusCode()).isEqualTo(429);
      assertThat(gateway.get("/playground/app.js").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void isRefusedAsEverythingIs() {
    try (RunningGateway disabled = RunningGateway.with("ENABLE_WS_PROXY", false).start();
        RunningGateway open = RunningGateway.withoutUpstream().without("JWT_SECRET").start();
        TestClient rebound =
            TestClient.raw(open.port(), "GET /playground HTTP/1.1\r\nHost: evil.example\r\n\r\n")) {
      assertThat(disabled.get("/playground").statusCode()).isEqualTo(503);
      assertThat(rebound.status()).isEqualTo(421);
    }
  }

  /**
   * Chromium names the page's origin when it asks for a module. Other sites' pages may ask too, and
   * may not read the answer.
   */
  @Test
  void isNoMatterOfOrigins() {
    try (RunningGateway gateway =
        RunningGateway.with("ALLOWED_ORIGINS", "https://app.example.com").start()) {
      for (String origin : List.of("http://127.0.0.1:3001", "https://evil.example", "null")) {
        HttpResponse<String> answer = gateway.get("/playground/app.js", "Origin", origin);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
        assertThat(header(answer, "Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
      }
    }
  }

  @Test
  void tellsThePageNothingSecret() {
    try (RunningGateway gateway =
        RunningGateway.with("OPENAI_REALTIME_MODEL", "gpt-realtime-mini")
            .with("MAX_CONNECTIONS_PER_IP", 7)
            .start()) {
      String body = gateway.get("/playground/settings.json").body();
      JsonNode settings = JsonMapper.shared().readTree(body);

      assertThat(settings.propertyNames())
          .containsExactly("model", "authentication", "limits", "prices");
      assertThat(settings.get("model").asString()).isEqualTo("gpt-realtime-mini");
      assertThat(settings.get("authentication").asString()).isEqualTo("required");
      assertThat(settings.at("/limits/connections").asInt()).isEqualTo(7);
      assertThat(settings.at("/prices/models/gpt-realtime-mini/audio/input").asInt()).isEqualTo(10);
      assertThat(body).doesNotContain(RunningGateway.SECRET, RunningGateway.API_KEY, "127.0.0.1");
    }
  }
}
