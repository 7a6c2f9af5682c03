package io.donna.gateway.kit;

import io.donna.gateway.cli.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The command, with somebody inside who logs as many lines as it reads on standard input: what
 * clients cause is limited. When it has, there is a file of the name that follows the number.
 */
public final class ChattyDonna {
  private static final Logger LOG = LoggerFactory.getLogger(ChattyDonna.class);

  private ChattyDonna() {}

  public static void main(String... arguments) {
    Thread.ofPlatform().daemon().start(ChattyDonna::chat);
    Main.main(arguments);
  }

  private static void chat() {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        int space = line.indexOf(' ');
        int lines = Integer.parseInt(line.substring(0, space));
        for (int i = 0; i < lines; i++) {
          LOG.info("line {} {}", i, "x".repeat(100));
        }
        Files.createFile(Path.of(line.substring(space + 1)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
