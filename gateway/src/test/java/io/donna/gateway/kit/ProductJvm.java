package io.donna.gateway.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The JVM in which tests run {@code donna} as a process. Its classes are packed and rehearsed once
 * a build, as {@code ./donna} does it: a start then takes a third of the time, and tests make a
 * hundred of them.
 */
public final class ProductJvm {
  private static final String MAIN = "io.donna.gateway.cli.Main";

  // Not made by the class's initializer: the timeout of the test that happens to be first may end
  // it, and would leave the class broken for all after it.
  private static @Nullable List<String> command;

  private ProductJvm() {}

  /** The command, to which the arguments of {@code donna} are to be added. */
  public static synchronized List<String> command() {
    List<String> made = command != null ? command : prepare();
    command = made;
    return made;
  }

  private static List<String> prepare() {
    List<Path> classes =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(Path::of)
            // The tests' own log settings are not the product's.
            .filter(path -> !path.endsWith("test-classes"))
            .map(Path::toAbsolutePath)
            .toList();
    try {
      Path target =
          Objects.requireNonNull(
              classes.stream().filter(Files::isDirectory).findFirst().orElseThrow().getParent());
      Path lock = Files.createDirectories(target).resolve("product.lock");
      try (FileChannel channel =
          FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        channel.lock(); // until it is closed: test classes run in several processes side by side
        return prepared(target, classes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> prepared(Path target, List<Path> classes)
      throws IOException, InterruptedException {
    long newest = 0;
    for (Path path : classes) {
      newest = Math.max(newest, newest(path));
    }
    Path folder = target.resolve("product-" + newest);
    removeOthers(target, folder);
    List<String> packed = new ArrayList<>();
    for (Path path : classes) {
      Path jar = folder.resolve(packed.size() + ".jar");
      packed.add((Files.isDirectory(path) ? jar : path).toString());
      if (Files.isDirectory(path) && !Files.exists(jar)) {
        Files.createDirectories(folder);
        pack(path, jar);
      }
    }
    Path cache = folder.resolve("donna.aot");
    if (!Files.exists(cache)) {
      rehearse(command(packed, "-XX:AOTCacheOutput=" + cache), cache);
    }
    return command(packed, "-XX:AOTCache=" + cache);
  }

  /** Those of earlier builds, of 60 MB each. */
  private static void removeOthers(Path target, Path folder) throws IOException {
    try (Stream<Path> all = Files.list(target)) {
      for (Path old : all.filter(path -> isOfAnotherBuild(path, folder)).toList()) {
        try (Stream<Path> files = Files.list(old)) {
          for (Path file : files.toList()) {
            Files.delete(file);
          }
        }
        Files.delete(old);
      }
    }
  }

  private static boolean isOfAnotherBuild(Path path, Path folder) {
    return path.getFileName().toString().matches("product-\\d+") && !path.equals(folder);
  }

  private static long newest(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return Files.getLastModifiedTime(path).toMillis();
    }
    try (Stream<Path> files = Files.walk(path)) {
      return files.mapToLong(file -> file.toFile().lastModified()).max().orElse(0);
    }
  }

  private static void pack(Path classes, Path jar) {
    int status =
        ToolProvider.findFirst("jar")
            .orElseThrow()
            .run(
                System.out,
                System.err,
                "--create",
                "--no-compress",
                "--file",
                jar.toString(),
                "-C",
                classes.toString(),
                ".");
    assertThat(status).isZero();
  }

  private static List<String> command(List<String> classes, String cache) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        // Most of these run for a second: what the JVM would prepare for longer is not missed.
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-XX:+UseCompactObjectHeaders",
        "-Xlog:aot*=off",
        cache,
        "-cp",
        String.join(File.pathSeparator, classes),
        MAIN);
  }

  private static void rehearse(List<String> command, Path cache)
      throws IOException, InterruptedException {
    List<String> rehearsal = new ArrayList<>(command);
    rehearsal.add("rehearse");
    Process process =
        new ProcessBuilder(rehearsal)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    if (!Files.exists(cache)) {
      Files.createFile(cache); // starts without one are slower, and nothing else
    }
  }
}
