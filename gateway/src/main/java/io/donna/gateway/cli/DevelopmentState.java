package io.donna.gateway.cli;

import io.donna.gateway.config.BoundedFile;
import io.donna.gateway.config.FileTrust;
import io.donna.gateway.config.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The files of {@code donna dev} in {@code .donna} of the working directory: a signing secret, so
 * that tokens work without settings, and the address of the running gateway, for the commands that
 * talk to it. Files that another user could have written are ignored.
 */
final class DevelopmentState {
  private static final Path FOLDER = Path.of(".donna");
  private static final Path SECRET = FOLDER.resolve("secret");
  private static final Path RUNNING = FOLDER.resolve("running.json");
  private static final int LEAST_SECRET_BYTES = 32;

  /**
   * A gateway that {@code donna dev} runs.
   *
   * @param url of its endpoint {@code /realtime}
   * @param authority to trust for TLS; empty without TLS or with a certificate from the settings
   * @param ownSecret whether tokens are optional and verified with {@link #secret}
   */
  record Running(String url, Optional<Path> authority, boolean ownSecret) {}

  private DevelopmentState() {}

  /** Returns the secret, generating it if necessary. */
  static Secret secret() throws IOException {
    Optional<Secret> existing = existingSecret();
    if (existing.isPresent()) {
      return existing.get();
    }
    String made = SecretCommand.generate();
    write(SECRET, made + "\n");
    return new Secret(made);
  }

  /** The secret, if one has been generated. */
  static Optional<Secret> existingSecret() throws IOException {
    return read(SECRET)
        .map(String::strip)
        .filter(text -> text.length() >= LEAST_SECRET_BYTES)
        .map(Secret::new);
  }

  /** Records this process as the running gateway. */
  static void announce(Running running) throws IOException {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("pid", ProcessHandle.current().pid());
    json.put("since", startOf(ProcessHandle.current()));
    json.put("url", running.url());
    json.put("own_secret", running.ownSecret());
    running.authority().ifPresent(ca -> json.put("ca", ca.toAbsolutePath().toString()));
    write(RUNNING, json.toPrettyString() + "\n");
  }

  /** The gateway that runs in this directory; the file of a process that has ended is ignored. */
  static Optional<Running> running() throws IOException {
    Optional<String> text = read(RUNNING);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      JsonNode json = JsonMapper.shared().readTree(text.get());
      return ProcessHandle.of(json.path("pid").asLong(0))
          .filter(process -> startOf(process) == json.path("since").asLong(-1))
          .map(process ->
              new Running(
                  json.path("url").asString(""),
                  json.path("ca").asStringOpt().map(Path::of),
                  json.path("own_secret").asBoolean(false)));
    } catch (JacksonException unreadable) {
      return Optional.empty();
    }
  }

  /** In milliseconds; distinguishes processes, as a process id may be reused. */
  private static long startOf(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  private static Optional<String> read(Path file) throws IOException {
    if (!Files.isRegularFile(file) || FileTrust.objection(file).isPresent()) {
      return Optional.empty();
    }
    return Optional.of(new String(BoundedFile.read(file), StandardCharsets.UTF_8));
  }

  /** Writes the file atomically, readable by this user only, as temporary files are. */
  static void write(Path file, String text) throws IOException {
    Path folder = Objects.requireNonNull(file.getParent());
    Files.createDirectories(folder);
    Path scratch = Files.createTempFile(folder, "donna", "");
    try {
      Files.writeString(scratch, text);
      Files.move(
          scratch, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(scratch);
    }
  }
}
