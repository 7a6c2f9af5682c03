package io.donna.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.donna.gateway.kit.AdminClient;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What keeps somebody out outlives a restart, or there is no start. */
class StateDirectoryTest {
  private static final String REASON = "\"reason\":\"abuse\"";

  @TempDir private Path folder;

  private RunningGateway.Builder builder() {
    return RunningGateway.with("STATE_DIR", folder).admin();
  }

  private Path file() {
    return folder.resolve("state.json");
  }

  @Test
  void keepsBlocksRevocationsAndTheSwitchBeforeThePortOpens() throws IOException {
    try (RunningGateway gateway = builder().start()) {
      AdminClient client = AdminClient.of(gateway);
      client.post("/api/v1/blocks", "{\"address\":\"203.0.113.0/24\"," + REASON + "}");
      client.post("/api/v1/blocks", "{\"user\":\"ann\"," + REASON + "}");
      client.post("/api/v1/revocations", "{\"jti\":\"b1\"," + REASON + "}");
      client.post(
          "/api/v1/revocations",
          "{\"sub\":\"carl\",\"before\":\"2099-01-01T00:00:00Z\"," + REASON + "}");
      assertThat(client.put("/api/v1/switch", "{\"enabled\":false," + REASON + "}").body())
          .contains("\"kept\":true");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    assertThat(folder).isDirectoryNotContaining(path -> path.toString().endsWith(".new"));

    try (RunningGateway gateway = builder().with("TRUSTED_PROXIES", "127.0.0.0/8").start()) {
      assertThat(gateway.get("/test").statusCode()).isEqualTo(503);
      AdminClient client = AdminClient.of(gateway);
      client.put("/api/v1/switch", "{\"enabled\":true," + REASON + "}");
      assertThat(gateway.get("/test", "X-Forwarded-For", "203.0.113.7").statusCode())
          .isEqualTo(403);
      for (String token :
          new String[] {
            RunningGateway.token("ann"),
            RunningGateway.token("bob", Map.of("jti", "b1")),
            RunningGateway.token("carl")
          }) {
        try (TestClient refused = gateway.connect()) {
          refused.send("{\"type\":\"authenticate\",\"token\":\"" + token + "\"}");
          assertThat(refused.readText()).contains("Invalid token");
        }
      }
      assertThat(client.get("/api/v1/blocks").json().get("total").asInt()).isEqualTo(2);
      assertThat(
              client.get("/api/v1/revocations").json().get("items").get(1).get("before").asString())
          .isEqualTo("2099-01-01T00:00:00Z");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{\"version\":2,\"switched_off\":false,\"blocks\":[],\"revocations\":[]}",
        "{\"version\":1,\"switched_off\":false,\"blocks\":[]}",
        "{\"version\":1,\"switched_off\":\"no\",\"blocks\":[],\"revocations\":[]}",
        "{\"version\":1,\"switched_off\":false,\"blocks\":{},\"revocations\":[]}",
        "{\"version\":1,\"switched_off\":false,\"blocks\":[{\"user\":\"ann\"}],\"revocations\":[]}",
        "{\"version\":1,\"switched_off\":false,\"blocks\":[{\"id\":\"1\",\"address\":\"x\","
            + "\"since\":\"2026-01-01T00:00:00Z\",\"until\":\"2026-01-01T00:00:00Z\","
            + "\"reason\":\"r\",\"by\":\"b\"}],\"revocations\":[]}"
      })
  void doesNotStartWithADamagedFile(String content) throws IOException {
    Files.writeString(file(), content);
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-------"));

    assertThatThrownBy(() -> builder().start())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("is damaged")
        .hasMessageContaining(file().toString());
    // and leaves the file as it is, and the lock free
    assertThat(file()).hasContent(content);
    Files.delete(file());
    builder().start().close();
  }

  @Test
  void doesNotTrustAFileThatOthersCanWrite() throws IOException {
    Files.writeString(
        file(), "{\"version\":1,\"switched_off\":false,\"blocks\":[],\"revocations\":[]}");
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-rw-rw-"));

    assertThatThrownBy(() -> builder().start()).hasMessageContaining("writable by other users");
  }

  @Test
  void isUsedByOneGatewayAtATime() throws IOException {
    try (OperatorControls first = OperatorControls.open(Optional.of(folder), Clock.systemUTC())) {
      assertThat(first.areKept()).isTrue();
      assertThatThrownBy(() -> OperatorControls.open(Optional.of(folder), Clock.systemUTC()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("in use by another gateway");
    }
    OperatorControls.open(Optional.of(folder), Clock.systemUTC()).close();
  }

  /** A change that cannot be kept is in force if it keeps somebody out, and only then. */
  @Test
  void neverFailsOpenWhenTheDiskDoes() throws IOException {
    try (RunningGateway gateway = builder().start()) {
      AdminClient client = AdminClient.of(gateway);
      String id =
          client
              .post("/api/v1/blocks", "{\"user\":\"ann\"," + REASON + "}")
              .json()
              .get("id")
              .asString();
      Path away = folder.resolveSibling(folder.getFileName() + "-away");
      Files.move(folder, away); // root may write anywhere but where nothing is

      assertThat(client.post("/api/v1/blocks", "{\"user\":\"bob\"," + REASON + "}").status())
          .isEqualTo(500);
      assertThat(client.delete("/api/v1/blocks/" + id + "?reason=x").status()).isEqualTo(500);
      assertThat(client.get("/api/v1/blocks").json().get("total").asInt()).isEqualTo(2);
      Files.move(away, folder);
    }
  }
}
