package io.donna.gateway.cli;

import io.donna.gateway.cli.talk.TerminalText;
import io.donna.gateway.metering.Tokens;
import io.donna.gateway.metering.UsageLogReader.Damage;
import io.donna.gateway.metering.UsageReport;
import io.donna.gateway.metering.UsageReport.Grouping;
import io.donna.gateway.metering.UsageReport.Row;
import io.donna.gateway.metering.UsageReport.Sum;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A usage report as text or JSON. */
final class UsageTable {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .build();

  private static final int LONGEST_NAME = 48;

  private final UsageReport report;
  private final Grouping by;
  private final Instant since;
  private final List<Damage> damaged;

  /**
   * A table of sums.
   *
   * @param damaged files that are partly unreadable, so that totals may be too low
   */
  UsageTable(UsageReport report, Grouping by, Instant since, List<Damage> damaged) {
    this.report = report;
    this.by = by;
    this.since = since.truncatedTo(ChronoUnit.SECONDS);
    this.damaged = damaged;
  }

  List<String> lines() {
    List<Row> rows = report.rows();
    int width =
        rows.stream().mapToInt(row -> shown(row).length()).reduce("session".length(), Math::max);
    String name = "%-" + width + "s";
    List<String> lines = new ArrayList<>();
    lines.add("Since " + since + ", in US dollars");
    lines.add("");
    lines.add(
        (name + "  %9s  %14s  %12s  %12s  %12s  %14s")
            .formatted(
                by.name(), "RESPONSES", "TRANSCRIPTIONS", "INPUT", "CACHED", "OUTPUT", "USD"));
    rows.forEach(row -> lines.add(name.formatted(shown(row)) + numbers(row.sum())));
    lines.add(name.formatted("total") + numbers(report.total()));
    long estimated = report.total().estimated();
    if (estimated > 0) {
      lines.add("");
      lines.add(estimated + " of these are estimates: the upstream reported no usage for them.");
    }
    if (!damaged.isEmpty()) {
      lines.add("");
      lines.add("The totals may be too low: parts of the usage log cannot be read:");
      damaged.forEach(damage -> lines.add("  " + damage));
    }
    return lines;
  }

  private static String shown(Row row) {
    String name = TerminalText.line(row.name().orElse("(none)"));
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME - 3) + "...";
  }

  private static String numbers(Sum sum) {
    return String.format(
        Locale.ROOT,
        "  %,9d  %,14d  %,12d  %,12d  %,12d  %14s",
        sum.responses(),
        sum.transcriptions(),
        sum.usage().input().total(),
        sum.usage().cached().total(),
        sum.usage().output().total(),
        String.format(Locale.ROOT, "%,f", sum.cost().setScale(6, RoundingMode.HALF_UP)));
  }

  String json() {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("since", since.toString()).put("by", by.name().toLowerCase(Locale.ROOT));
    var usage = json.putArray("usage");
    for (Row row : report.rows()) {
      ObjectNode entry = usage.addObject().put("name", row.name().orElse(null));
      putSum(entry, row.sum());
    }
    putSum(json.putObject("total"), report.total());
    json.put("complete", damaged.isEmpty());
    var unread = json.putArray("unread");
    damaged.forEach(damage ->
        unread.addObject().put("file", damage.file().toString()).put("why", damage.why()));
    return MAPPER.writeValueAsString(json);
  }

  private static void putSum(ObjectNode node, Sum sum) {
    node.put("responses", sum.responses())
        .put("transcriptions", sum.transcriptions())
        .put("estimated", sum.estimated());
    putTokens(node, "input", sum.usage().input());
    putTokens(node, "cached", sum.usage().cached());
    putTokens(node, "output", sum.usage().output());
    BigDecimal seconds = sum.usage().seconds();
    node.put("seconds", seconds).put("usd", sum.cost());
  }

  private static void putTokens(ObjectNode node, String name, Tokens tokens) {
    node.putObject(name)
        .put("text", tokens.text())
        .put("audio", tokens.audio())
        .put("image", tokens.image());
  }
}
