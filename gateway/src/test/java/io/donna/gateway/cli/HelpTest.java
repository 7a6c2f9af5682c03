package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * What {@code ./donna help} prints is what the commands say of themselves. It is kept in files, so
 * that asking for it builds nothing; {@code ./donna test HelpTest -Dhelp.write=true} writes them.
 */
class HelpTest {
  private static final Path FILES = Path.of("..", "build", "help");

  static Stream<Arguments> commands() throws ReflectiveOperationException {
    Map<String, CommandLine> all = new TreeMap<>();
    collect("", Donna.commandLine(), all);
    // Of the tests' own programs, which are private to their packages.
    all.put("soak", ofTests("io.donna.gateway.faults.SoakCommand"));
    all.put("abuse-hog", ofTests("io.donna.gateway.abuse.HogCommand"));
    return all.entrySet().stream().map(one -> Arguments.of(one.getKey(), one.getValue()));
  }

  private static void collect(String name, CommandLine command, Map<String, CommandLine> all) {
    command
        .getSubcommands()
        .forEach((word, inner) -> {
          if (!inner.getCommandSpec().usageMessage().hidden()) {
            String whole = name.isEmpty() ? word : name + "-" + word;
            all.put(whole, inner);
            collect(whole, inner, all);
          }
        });
  }

  private static CommandLine ofTests(String name) throws ReflectiveOperationException {
    Constructor<?> made = Class.forName(name).getDeclaredConstructor();
    made.setAccessible(true);
    CommandLine command = new CommandLine(made.newInstance());
    String own = command.getCommandName();
    command.setCommandName("donna " + own);
    return command;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("commands")
  void isWhatTheCommandSaysOfItself(String name, CommandLine command) throws IOException {
    String usage =
        said(name, command)
            .lines()
            .map(String::stripTrailing)
            .collect(Collectors.joining("\n", "", "\n"))
            .replaceFirst("Usage: donna.simulate", "Usage: donna simulate")
            .replaceFirst("Usage: donna", "Usage: ./donna");
    Path file = FILES.resolve(name + ".txt");
    if (Boolean.getBoolean("help.write")) {
      Files.writeString(file, usage);
    }

    assertThat(file).hasContent(usage);
  }

  /** The simulator's options are its own: the command only passes them on. */
  private static String said(String name, CommandLine command) throws IOException {
    if (!name.equals("simulate")) {
      return command.getUsageMessage(CommandLine.Help.Ansi.OFF);
    }
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text, true);
    assertThat(SimulatorTool.run(out, out, "--help")).isZero();
    return text.toString();
  }

  /** Each command is in the list, and each that is listed has a file of its own. */
  @ParameterizedTest
  @MethodSource("commands")
  void isListed(String name, CommandLine command) throws IOException {
    String list = Files.readString(FILES.resolve("donna.txt"));

    assertThat(list).containsPattern("(?m)^ {2}" + name.replaceFirst("-.*", "") + " ");
  }
}
