package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PolicyCommandTest {
  private static final String OLD = "default_tier: open\ntiers: {open: {}}\n";
  private static final String NEW = "default_tier: gold\ntiers: {gold: {}, open: {}}\n";

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path file;
  private Path target;

  @BeforeEach
  void write() throws IOException {
    file = Files.writeString(folder.resolve("new.yaml"), NEW);
    target = Files.writeString(Files.createDirectory(folder.resolve("etc")).resolve("p"), OLD);
  }

  private int install(Path from, Path to) {
    CommandLine command = Donna.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute("policy", "install", from.toString(), "--to", to.toString());
  }

  private List<Path> beside() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("etc"))) {
      return files.toList();
    }
  }

  @Test
  void putsANewFileInThePlaceOfTheOldAndSaysSo() throws IOException {
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-r-----"));
    Object before = Files.getAttribute(target, "unix:ino");

    assertThat(install(file, target)).as(err.toString()).isZero();

    assertThat(target).hasContent(NEW);
    assertThat(Files.getAttribute(target, "unix:ino")).isNotEqualTo(before);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
        .isEqualTo("rw-r-----");
    assertThat(beside()).containsExactly(target);
    assertThat(out.toString())
        .contains("Installed " + file + " as " + target, "mode rw-r-----", "tier gold");
  }

  @Test
  void keepsTheOwner() throws IOException {
    try {
      Files.setAttribute(target, "unix:uid", 65_534);
      Files.setAttribute(target, "unix:gid", 65_534);
    } catch (FileSystemException notRoot) {
      assumeThat(notRoot).as("only root gives files away").isNull();
    }

    assertThat(install(file, target)).as(err.toString()).isZero();

    assertThat(target).hasContent(NEW);
    assertThat(Files.getAttribute(target, "unix:uid")).isEqualTo(65_534);
    assertThat(Files.getAttribute(target, "unix:gid")).isEqualTo(65_534);
  }

  @Test
  void replacesWhatALinkPointsToAndLeavesTheLink() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), target);

    assertThat(install(file, link)).as(err.toString()).isZero();

    assertThat(link).isSymbolicLink();
    assertThat(target).hasContent(NEW);
  }

  @Test
  void installsTheFirstPolicyThereIs() throws IOException {
    Files.delete(target);

    assertThat(install(file, target)).as(err.toString()).isZero();

    assertThat(target).hasContent(NEW);
  }

  @Test
  void leavesAPolicyThatIsThereAlready() throws IOException {
    Files.writeString(file, OLD);
    Object before = Files.getAttribute(target, "unix:ino");

    assertThat(install(file, target)).isZero();

    assertThat(Files.getAttribute(target, "unix:ino")).isEqualTo(before);
    assertThat(out.toString()).contains(target + " already contains this policy.");
  }

  @Test
  void installsNothingThatIsNoPolicy() throws IOException {
    Files.writeString(file, "default_tier: gold\ntiers:\n  open: {toolz: []}\n");

    assertThat(install(file, target)).isEqualTo(78);

    assertThat(target).hasContent(OLD);
    assertThat(beside()).containsExactly(target);
    assertThat(err.toString())
        .contains("policy not installed", file + ", line 3: unknown key \"toolz\"");
  }

  @Test
  void installsNothingThatItCannotReadOrCannotPut() throws IOException {
    assertThat(install(folder.resolve("none"), target)).isEqualTo(1);
    assertThat(err.toString()).contains("none does not exist");

    try (RandomAccessFile hole = new RandomAccessFile(file.toFile(), "rw")) {
      hole.setLength(150L << 20);
    }
    assertThat(install(file, target)).isEqualTo(1);
    assertThat(err.toString()).contains("new.yaml is larger than 1024 KiB");

    Files.writeString(file, NEW);
    assertThat(install(file, folder)).isEqualTo(1);
    assertThat(err.toString()).contains(folder + " is not a regular file");
    assertThat(install(file, folder.resolve("no/such"))).isEqualTo(1);
    assertThat(err.toString()).contains("cannot write to " + folder.resolve("no"));
    Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), Path.of("nowhere"));
    assertThat(install(file, dangling)).isEqualTo(1);
    assertThat(err.toString()).contains("dangling is a symbolic link to a file that does not");
  }

  @Test
  void explainsItself() {
    CommandLine command = Donna.commandLine();
    command.setOut(new PrintWriter(out, true));

    assertThat(command.execute("policy", "install", "--help")).isZero();
    assertThat(out.toString()).contains("POLICY_FILE", "FILE", "--to", "rename", "78");
  }
}
