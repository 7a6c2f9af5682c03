package io.donna.gateway.config.policy;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a GPT-Live session's backend may be given beside functions, by the name of the tool's type.
 * Most of it is done by the upstream, and billed by the upstream beside tokens.
 */
public enum HostedTool {
  WEB_SEARCH,
  FILE_SEARCH,
  CODE_INTERPRETER,
  SHELL,

  /** No type of its own: a {@link #SHELL} that reaches the domains which the client lists. */
  SHELL_NETWORK,
  IMAGE_GENERATION,
  MCP,
  CUSTOM,
  NAMESPACE,
  TOOL_SEARCH,
  PROGRAMMATIC_TOOL_CALLING,
  COMPUTER,
  APPLY_PATCH;

  /** Its name in policies; for all but one the type of the tool. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The tool of this name, character for character. */
  public static Optional<HostedTool> named(String key) {
    return Arrays.stream(values()).filter(tool -> tool.key().equals(key)).findFirst();
  }

  static String all() {
    return Arrays.stream(values()).map(HostedTool::key).collect(Collectors.joining(", "));
  }
}
