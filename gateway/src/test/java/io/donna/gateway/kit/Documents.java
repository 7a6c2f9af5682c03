package io.donna.gateway.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The repository's documents, as tests read them. */
public final class Documents {
  public static final Path ROOT = Path.of("..");

  private static final Pattern FENCE =
      Pattern.compile(
          "(?m)(?:^<!-- example: ([\\w-]+) -->\n)?^```([a-z]*)\n((?:(?!```).*\n)*?)```$");

  /**
   * A fenced block.
   *
   * @param name as the comment before it has it; empty where there is none
   * @param language the word behind the fence; empty where there is none
   */
  public record Example(Path document, String name, String language, String text) {}

  private Documents() {}

  /** Every page, in a stable order. */
  public static List<Path> all() {
    List<Path> pages = new ArrayList<>();
    for (String folder : List.of(".", "docs", "docs/adr", "examples", "simulator")) {
      Path there = folder.equals(".") ? ROOT : ROOT.resolve(folder);
      if (!Files.isDirectory(there)) {
        continue;
      }
      try (Stream<Path> files = Files.list(there)) {
        files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return pages;
  }

  public static String read(Path page) {
    try {
      return Files.readString(page);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The fenced blocks of a page, in their order. */
  public static List<Example> examples(Path page) {
    return FENCE
        .matcher(read(page))
        .results()
        .map(block ->
            new Example(
                page, block.group(1) == null ? "" : block.group(1), block.group(2), block.group(3)))
        .toList();
  }

  /** A page without its fenced blocks. */
  public static String withoutFences(Path page) {
    return FENCE.matcher(read(page)).replaceAll("");
  }

  /** What stands below a heading of the second level, up to the next. */
  public static String section(Path page, String heading) {
    Matcher section =
        Pattern.compile("(?ms)^## " + Pattern.quote(heading) + "\n(.*?)(?=^## |\\z)")
            .matcher(read(page));
    assertThat(section.find()).as("a section %s in %s", heading, page).isTrue();
    return section.group(1);
  }
}
