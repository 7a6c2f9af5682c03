package io.donna.gateway.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code donna completion}: prints a shell completion script for this command. */
@Command(
    name = "completion",
    description = "Print a completion script for bash, zsh or fish.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "bash:  source <(./donna completion bash)        in ~/.bashrc, with the path to this donna",
      "zsh:   source <(./donna completion zsh)         in ~/.zshrc, after compinit",
      "fish:  ./donna completion fish | source         in ~/.config/fish/config.fish",
    })
final class CompletionCommand implements Callable<Integer> {
  /** The supported shells. */
  enum Shell {
    BASH,
    ZSH,
    FISH
  }

  /** Commands of the source tree, which the script {@code donna} handles itself. */
  private static final Map<String, String> TOOLS = new LinkedHashMap<>();

  static {
    TOOLS.put("verify", "build everything and run every test");
    TOOLS.put("test", "run the test classes that match a pattern");
    TOOLS.put("mutate", "name changes of the code that no test notices");
    TOOLS.put("fuzz", "search for input that breaks a parser or a session");
    TOOLS.put("bench", "measure the gateway beside nginx, HAProxy, Node and Vert.x");
    TOOLS.put("soak", "run half load with random faults and report losses and leaks");
    TOOLS.put("abuse", "run the storm, flood and slow-peer tests at full size");
    TOOLS.put("build", "build the gateway and the simulator");
    TOOLS.put("help", "show the help of a command");
    TOOLS.put("version", "print the version");
  }

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
  private Shell shell = Shell.BASH;

  @Override
  public Integer call() {
    CommandLine all = Donna.commandLine();
    TOOLS.forEach((name, description) -> all.addSubcommand(name, tool(description)));
    String script = shell == Shell.FISH ? fish(all) : AutoComplete.bash("donna", all);
    Terminal out = Terminal.out(spec);
    script.lines().forEach(out::line);
    return ExitCode.OK;
  }

  private static CommandSpec tool(String description) {
    CommandSpec tool = CommandSpec.create();
    tool.usageMessage().description(description);
    return tool;
  }

  private static String fish(CommandLine all) {
    List<String> lines = new ArrayList<>();
    lines.add("complete -c donna -f");
    all.getSubcommands()
        .forEach((name, command) -> {
          CommandSpec known = command.getCommandSpec();
          if (known.usageMessage().hidden()) {
            return;
          }
          lines.add("complete -c donna -n __fish_use_subcommand -a " + name + describe(known));
          known.options().forEach(option -> lines.add(inside(name) + of(option)));
          known.positionalParameters().forEach(one -> lines.add(inside(name) + of(one)));
          command
              .getSubcommands()
              .forEach((inner, further) ->
                  lines.add(inside(name) + " -a " + inner + describe(further.getCommandSpec())));
        });
    return String.join("\n", lines);
  }

  private static String inside(String command) {
    return "complete -c donna -n '__fish_seen_subcommand_from " + command + "'";
  }

  private static String of(OptionSpec option) {
    StringBuilder line = new StringBuilder();
    for (String name : option.names()) {
      line.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
    }
    return line + (option.arity().max() > 0 ? " -r" : "") + candidates(option) + describe(option);
  }

  /** A parameter without a fixed set of values is completed as a file. */
  private static String of(PositionalParamSpec parameter) {
    String words = candidates(parameter);
    return words.isEmpty() ? " -F" : words;
  }

  private static String candidates(ArgSpec argument) {
    if (argument.completionCandidates() == null) {
      return "";
    }
    List<String> words = new ArrayList<>();
    argument.completionCandidates().forEach(word -> words.add(word));
    return words.isEmpty() ? "" : " -a " + quoted(String.join(" ", words));
  }

  private static String describe(ArgSpec argument) {
    return describe(argument.description());
  }

  private static String describe(CommandSpec command) {
    return describe(command.usageMessage().description());
  }

  private static String describe(String... description) {
    return description.length == 0 ? "" : " -d " + quoted(description[0].replace("%n", " "));
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
