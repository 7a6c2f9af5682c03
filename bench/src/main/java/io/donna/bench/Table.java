package io.donna.bench;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Formats rows as a table: the first column, with the names, is left-aligned, the others
 * right-aligned.
 */
final class Table {
  private Table() {}

  static String format(List<List<String>> rows) {
    List<Integer> widths =
        IntStream.range(0, rows.getFirst().size()).mapToObj(column -> width(rows, column)).toList();
    return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining("\n"));
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }

  private static String line(List<String> row, List<Integer> widths) {
    return IntStream.range(0, row.size())
        .mapToObj(column -> {
          String space = " ".repeat(widths.get(column) - row.get(column).length());
          return column == 0 ? row.get(column) + space : space + row.get(column);
        })
        .collect(Collectors.joining("  "));
  }
}
