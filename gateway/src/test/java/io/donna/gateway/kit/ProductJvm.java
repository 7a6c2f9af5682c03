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

/**
 * The JVM in which tests run {@code donna} as a process. Its classes are packed and rehearsed once
 * a build, as {@code ./donna} does it: a start then takes a third of the time, and tests make two
 * hundred of them.
 */
public final class ProductJvm {
  private static final String MAIN = "io.donna.gateway.cli.Main";

  /** Most of these JVMs run for seconds: what the JVM would prepare for longer is not missed. */
  private static final List<String> SHORT_LIVED =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders");

  private static final ProductJvm PREPARED = prepare();

  private final List<String> classPath;
  private final Path cache;

  private ProductJvm(List<String> classPath, Path cache) {
    this.classPath = classPath;
    this.cache = cache;
  }

  /** The command, to which the arguments of {@code donna} are to be added. */
  public static List<String> command() {
    return PREPARED.command(SHORT_LIVED, "-XX:AOTCache=" + PREPARED.cache);
  }

  /**
   * A command of the tests' own: {@code main} finds the classes of the tests behind the product's,
   * where the cache is still valid.
   */
  static List<String> command(List<String> options, Class<?> main) {
    List<String> command = new ArrayList<>(java());
    command.addAll(options);
    command.add("-XX:AOTCache=" + PREPARED.cache);
    // The tests' own log settings are not the product's.
    command.add("-Dlogback.configurationFile=none");
    List<String> classPath = new ArrayList<>(PREPARED.classPath);
    testClasses().map(Path::toString).forEach(classPath::add);
    command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath), main.getName()));
    return command;
  }

  static List<String> shortLived() {
    return SHORT_LIVED;
  }

  private static Stream<Path> classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(Path::of)
        .map(Path::toAbsolutePath);
  }

  private static Stream<Path> testClasses() {
    return classPath().filter(path -> path.endsWith("test-classes"));
  }

  private static ProductJvm prepare() {
    List<Path> classes = classPath().filter(path -> !path.endsWith("test-classes")).toList();
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

  private static ProductJvm prepared(Path target, List<Path> classes)
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
      rehearse(new ProductJvm(packed, cache));
    }
    return new ProductJvm(packed, cache);
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

  private static List<String> java() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-Xlog:aot*=off");
  }

  private List<String> command(List<String> options, String withCache) {
    List<String> command = new ArrayList<>(java());
    command.addAll(options);
    command.add(withCache);
    command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath), MAIN));
    return command;
  }

  private static void rehearse(ProductJvm jvm) throws IOException, InterruptedException {
    List<String> rehearsal = jvm.command(SHORT_LIVED, "-XX:AOTCacheOutput=" + jvm.cache);
    rehearsal.add("rehearse");
    Process process =
        new ProcessBuilder(rehearsal)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    // Before the test that waits for it is given up.
    if (!process.waitFor(50, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
      Files.deleteIfExists(jvm.cache);
    }
    if (!Files.exists(jvm.cache)) {
      Files.createFile(jvm.cache); // starts without one are slower, and nothing else
    }
  }
}
