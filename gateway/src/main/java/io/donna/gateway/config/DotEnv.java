package io.donna.gateway.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code .env} file: one {@code NAME=value} a line, {@code #} comments, an optional {@code
 * export}, values bare or quoted. Not a library, because available libraries quote malformed lines
 * in their errors, and such a line may contain a secret.
 */
record DotEnv(Map<String, String> values, List<Problem> problems) {
  private static final Pattern LINE =
      Pattern.compile("\\s*(?:export\\s+)?([A-Za-z_][A-Za-z0-9_]*)\\s*=(.*)");
  private static final Pattern COMMENT = Pattern.compile("\\s#.*");
  private static final Pattern ESCAPE = Pattern.compile("\\\\([n\"\\\\])");

  static DotEnv parse(List<String> lines) {
    Map<String, String> values = new LinkedHashMap<>();
    Map<String, Integer> lineOf = new HashMap<>();
    List<Problem> problems = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isBlank() || line.stripLeading().startsWith("#")) {
        continue;
      }
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        String name = matcher.group(1);
        values.put(name, unquote(matcher.group(2)));
        Integer before = lineOf.put(name, i + 1);
        if (before != null) {
          // Whichever value won, somebody could rely on the other; an empty secret disables auth.
          problems.add(
              new Problem(
                  ".env",
                  "line "
                      + (i + 1)
                      + " sets "
                      + name
                      + ", which line "
                      + before
                      + " already sets"));
        }
      } else {
        problems.add(new Problem(".env", "line " + (i + 1) + " is not NAME=value"));
      }
    }
    return new DotEnv(values, problems);
  }

  private static String unquote(String rest) {
    String value = rest.strip();
    int end = closingQuote(value);
    if (end < 0) {
      return COMMENT.matcher(rest).replaceFirst("").strip();
    }
    String inner = value.substring(1, end);
    return value.startsWith("\"") ? unescape(inner) : inner;
  }

  /**
   * The index of the quote that closes {@code value}, followed by its end or a comment; else -1.
   */
  private static int closingQuote(String value) {
    char quote = value.isEmpty() ? 0 : value.charAt(0);
    if (quote != '"' && quote != '\'') {
      return -1;
    }
    for (int i = 1; i < value.length(); i++) {
      if (quote == '"' && value.charAt(i) == '\\') {
        i++;
      } else if (value.charAt(i) == quote && isEndOrComment(value, i + 1)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isEndOrComment(String value, int index) {
    int at = index;
    while (at < value.length() && Character.isWhitespace(value.charAt(at))) {
      at++;
    }
    return at == value.length() || value.charAt(at) == '#';
  }

  private static String unescape(String text) {
    return ESCAPE
        .matcher(text)
        .replaceAll(escape ->
            escape.group(1).equals("n") ? "\n" : Matcher.quoteReplacement(escape.group(1)));
  }
}
