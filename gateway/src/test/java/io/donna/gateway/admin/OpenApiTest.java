package io.donna.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.AdminClient;
import io.donna.gateway.kit.OpenIdServer;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.Talk;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The description of the API says what is served: no path, role or field more or less. */
class OpenApiTest {
  private static final JsonNode DOCUMENT = JsonMapper.shared().readTree(OpenApi.document());
  private static final String TOKEN = "a-token-of-operators-of-24-bytes";

  @TempDir private Path folder;

  @Test
  void listsEveryRouteWithItsRole() {
    try (OpenIdServer provider = OpenIdServer.start();
        RunningGateway gateway =
            RunningGateway.with("ADMIN_OIDC_ISSUER", provider.issuer())
                .with("ADMIN_OIDC_CLIENT_ID", OpenIdServer.CLIENT)
                .admin()
                .start()) {
      Map<String, String> served = new TreeMap<>();
      gateway
          .admin()
          .table()
          .routes()
          .forEach(
              route -> served.put(route.method() + " " + route.path(), route.role().toString()));
      // What a browser goes through to sign in is no API.
      served.keySet().removeIf(route -> route.startsWith("GET /sign-in"));
      // Nor are pages.
      served.keySet().removeIf(route -> route.matches("GET /(dashboard/.*)?"));

      Map<String, String> described = new TreeMap<>();
      DOCUMENT
          .get("paths")
          .forEachEntry((path, methods) ->
              methods.forEachEntry((method, operation) ->
                  described.put(
                      method.toUpperCase(Locale.ROOT) + " " + path,
                      operation.get("x-role").asString())));
      assertThat(described).isEqualTo(served);
    }
  }

  @Test
  void describesEveryFieldThatIsAnswered() throws IOException {
    Path revoked = Files.createFile(folder.resolve("revoked"));
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream)
                .with("ADMIN_TOKEN", TOKEN)
                .with("JWT_REVOCATIONS_FILE", revoked)
                .with("ALERTS_FILE", alertAtOnce())
                .with("POLICY_FILE", policy())
                .admin()
                .start();
        TestClient ann = gateway.connect().authenticate(RunningGateway.token("ann"))) {
      assertThat(ann.status()).isEqualTo(101);
      String session = gateway.fullLog().getLast().replaceAll(".*\"session\":\"([^\"]*)\".*", "$1");
      AdminClient client = AdminClient.of(gateway).bearer(TOKEN);
      Map<String, Set<String>> unseen = new HashMap<>();
      String reason = "\"reason\":\"r\"";
      check(client, unseen, "get", "/livez", "/livez", "");
      check(client, unseen, "get", "/readyz", "/readyz", "");
      check(client, unseen, "get", "/api/v1/sign-in", "/api/v1/sign-in", "");
      check(
          client.with("Sec-Fetch-Site: same-origin"),
          unseen,
          "post",
          "/api/v1/sign-in",
          "/api/v1/sign-in",
          "{\"token\":\"" + TOKEN + "\"}");
      check(client, unseen, "post", "/api/v1/sign-out", "/api/v1/sign-out", "{}");
      check(client, unseen, "get", "/api/v1/me", "/api/v1/me", "");
      check(client, unseen, "get", "/api/v1/switch", "/api/v1/switch", "");
      check(
          client,
          unseen,
          "put",
          "/api/v1/switch",
          "/api/v1/switch",
          "{\"enabled\":true," + reason + "}");
      check(
          client,
          unseen,
          "put",
          "/api/v1/limits",
          "/api/v1/limits",
          "{\"requests\":1000,\"seconds\":60," + reason + "}");
      check(client, unseen, "get", "/api/v1/cluster", "/api/v1/cluster", "");
      check(client, unseen, "get", "/api/v1/limits", "/api/v1/limits", "");
      check(client, unseen, "delete", "/api/v1/limits", "/api/v1/limits?reason=r", "");
      check(client, unseen, "get", "/api/v1/drain", "/api/v1/drain", "");
      check(
          client,
          unseen,
          "put",
          "/api/v1/drain",
          "/api/v1/drain",
          "{\"draining\":false," + reason + "}");
      check(client, unseen, "post", "/api/v1/reload", "/api/v1/reload", "{}");
      try (Talk talk = new Talk(gateway.connectDropInAs("carl"), upstream.take().accept())) {
        talk.passes("{\"type\":\"response.created\",\"response\":{\"id\":\"r1\"}}");
        talk.passes("{\"type\":\"response.output_audio.delta\",\"delta\":\"AAAA\"}");
        talk.passes(
            "{\"type\":\"response.done\",\"response\":{\"id\":\"r1\",\"usage\":{"
                + "\"input_tokens\":1,\"output_tokens\":1}}}");
        JsonNode sessions =
            check(client, unseen, "get", "/api/v1/sessions", "/api/v1/sessions?limit=1", "");
        String id = sessions.at("/items/0/id").asString();
        JsonNode detail =
            check(client, unseen, "get", "/api/v1/sessions/{id}", "/api/v1/sessions/" + id, "");
        matches(
            schema("Turn"),
            detail.at("/turns/0"),
            unseen.computeIfAbsent("Turn", OpenApiTest::properties));
      }
      check(client, unseen, "get", "/api/v1/usage", "/api/v1/usage?by=tier", "");
      check(client, unseen, "get", "/api/v1/status", "/api/v1/status", "");
      check(
          client,
          unseen,
          "post",
          "/api/v1/sessions/{id}/end",
          "/api/v1/sessions/" + session + "/end",
          "{" + reason + "}");
      check(
          client,
          unseen,
          "post",
          "/api/v1/users/{sub}/end",
          "/api/v1/users/bob/end",
          "{" + reason + "}");
      check(
          client,
          unseen,
          "post",
          "/api/v1/sessions/end",
          "/api/v1/sessions/end",
          "{\"tier\":\"gold\"," + reason + "}");
      JsonNode byUser =
          check(
              client,
              unseen,
              "post",
              "/api/v1/blocks",
              "/api/v1/blocks",
              "{\"user\":\"bob\"," + reason + "}");
      check(
          client,
          unseen,
          "post",
          "/api/v1/blocks",
          "/api/v1/blocks",
          "{\"address\":\"203.0.113.9\"," + reason + "}");
      check(client, unseen, "get", "/api/v1/blocks", "/api/v1/blocks?limit=1", "");
      check(
          client,
          unseen,
          "delete",
          "/api/v1/blocks/{id}",
          "/api/v1/blocks/" + byUser.get("id").asString() + "?reason=r",
          "");
      JsonNode token =
          check(
              client,
              unseen,
              "post",
              "/api/v1/revocations",
              "/api/v1/revocations",
              "{\"jti\":\"b1\"," + reason + "}");
      check(
          client,
          unseen,
          "post",
          "/api/v1/revocations",
          "/api/v1/revocations",
          "{\"sub\":\"carl\",\"before\":\"2026-01-01T00:00:00Z\"," + reason + "}");
      check(client, unseen, "get", "/api/v1/revocations", "/api/v1/revocations?limit=1", "");
      check(
          client,
          unseen,
          "delete",
          "/api/v1/revocations/{id}",
          "/api/v1/revocations/" + token.get("id").asString() + "?reason=r",
          "");
      check(client, unseen, "get", "/api/v1/actions", "/api/v1/actions?limit=1", "");
      gateway.connectDropIn("Authorization: Bearer nonsense").close();
      await("an alert").until(() -> client.get("/api/v1/alerts").json().get("total").asInt() > 0);
      check(client, unseen, "get", "/api/v1/alerts", "/api/v1/alerts?limit=1", "");
      check(client, unseen, "get", "/api/v1/alerts", "/api/v1/alerts", "");
      check(client, unseen, "get", "/api/v1/openapi.json", "/api/v1/openapi.json", "");
      matches(
          schema("Problem"),
          client.put("/api/v1/switch", "{}").json(),
          unseen.computeIfAbsent("Problem", name -> properties("Problem")));

      assertThat(unseen).allSatisfy((name, fields) -> assertThat(fields).as(name).isEmpty());
      DOCUMENT
          .at("/components/schemas")
          .forEachEntry((name, schema) -> assertThat(unseen).containsKey(name));
    }
  }

  private Path policy() throws IOException {
    return Files.writeString(
        folder.resolve("policy.yaml"),
        """
        default_tier: standard
        tiers:
          standard:
            budgets:
              - {per: tier, window: day, usd: 100}
        """);
  }

  private Path alertAtOnce() throws IOException {
    return Files.writeString(
        folder.resolve("alerts.yaml"),
        """
        alerts:
          authentication_failures: {threshold: 1}
          attempts_from_one_address: {threshold: 1}
        """);
  }

  /** Calls a route and compares what it answers with what is described; returns the answer. */
  private static JsonNode check(
      AdminClient client,
      Map<String, Set<String>> unseen,
      String method,
      String path,
      String target,
      String body) {
    AdminClient.Answer answer =
        switch (method) {
          case "get" -> client.get(target);
          case "put" -> client.put(target, body);
          case "post" -> client.post(target, body);
          default -> client.delete(target);
        };
    JsonNode operation = DOCUMENT.get("paths").get(path).get(method);
    JsonNode described = operation.get("responses").get(Integer.toString(answer.status()));
    assertThat(described).as("%s %s: %s", method, target, answer).isNotNull();
    JsonNode schema = described.get("content").get("application/json").get("schema");
    matchesAny(schema, answer.json(), unseen);
    return answer.json();
  }

  private static void matchesAny(
      JsonNode schema, JsonNode answer, Map<String, Set<String>> unseen) {
    if (schema.has("$ref")) {
      String name = schema.get("$ref").asString().replaceFirst(".*/", "");
      matches(schema(name), answer, unseen.computeIfAbsent(name, OpenApiTest::properties));
      if (answer.has("items")) {
        answer
            .get("items")
            .forEach(item -> matchesAny(schema(name).at("/properties/items/items"), item, unseen));
      }
    }
  }

  private static void matches(JsonNode schema, JsonNode answer, Set<String> unseen) {
    Set<String> answered = new TreeSet<>(answer.propertyNames());
    Set<String> known = new TreeSet<>(schema.get("properties").propertyNames());
    assertThat(known).as(answer.toString()).containsAll(answered);
    schema
        .get("required")
        .forEach(name -> assertThat(answered).as(answer.toString()).contains(name.asString()));
    answered.forEach(name -> {
      JsonNode type = schema.get("properties").get(name).get("type");
      String found = typeOf(answer.get(name));
      boolean asNumber = found.equals("integer") && type.toString().contains("number");
      assertThat(asNumber || type.toString().contains(found)).as(name + " of " + answer).isTrue();
    });
    unseen.removeAll(answered);
  }

  private static String typeOf(JsonNode value) {
    return value.isString()
        ? "string"
        : value.isBoolean()
            ? "boolean"
            : value.isNumber()
                ? value.isIntegralNumber() ? "integer" : "number"
                : value.isArray() ? "array" : value.isNull() ? "null" : "object";
  }

  private static JsonNode schema(String name) {
    return DOCUMENT.at("/components/schemas/" + name);
  }

  private static Set<String> properties(String name) {
    return new TreeSet<>(schema(name).get("properties").propertyNames());
  }
}
