package io.donna.gateway.metering;

import io.donna.gateway.metering.UsageRecord.Charge;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sums charges by a grouping. Confined to one thread. */
public final class UsageReport {
  /** What charges are grouped by. */
  public enum Grouping {
    USER,
    MODEL,
    TENANT,
    TIER,
    SESSION;

    private Optional<String> of(Charge charge) {
      return switch (this) {
        case USER -> Optional.of(charge.payer().user());
        case MODEL -> Optional.of(charge.model());
        case TENANT -> charge.payer().tenant();
        case TIER -> charge.payer().tier();
        case SESSION -> Optional.of(charge.session());
      };
    }
  }

  /**
   * A sum of charges.
   *
   * @param estimated how many of the charges are estimates
   * @param cost in US dollars
   */
  public record Sum(
      long responses, long transcriptions, long estimated, Usage usage, BigDecimal cost) {
    static final Sum NOTHING = new Sum(0, 0, 0, Usage.NONE, BigDecimal.ZERO);

    Sum plus(Charge charge) {
      return new Sum(
          responses + (charge.kind() == UsageRecord.Kind.RESPONSE ? 1 : 0),
          transcriptions + (charge.kind() == UsageRecord.Kind.TRANSCRIPTION ? 1 : 0),
          estimated + (charge.estimated() ? 1 : 0),
          usage.plus(charge.usage()),
          cost.add(charge.cost()));
    }
  }

  /** The sum of one user, model and so on; the name is empty for charges without one. */
  public record Row(Optional<String> name, Sum sum) {}

  private final Grouping grouping;
  private final Map<Optional<String>, Sum> sums = new HashMap<>();
  private Sum total = Sum.NOTHING;

  public UsageReport(Grouping grouping) {
    this.grouping = grouping;
  }

  public void add(Charge charge) {
    sums.merge(grouping.of(charge), Sum.NOTHING.plus(charge), (sum, first) -> sum.plus(charge));
    total = total.plus(charge);
  }

  /** The rows, most expensive first. */
  public List<Row> rows() {
    return sums.entrySet().stream()
        .map(entry -> new Row(entry.getKey(), entry.getValue()))
        .sorted(
            Comparator.comparing((Row row) -> row.sum().cost())
                .reversed()
                .thenComparing(row -> row.name().orElse("")))
        .toList();
  }

  public Sum total() {
    return total;
  }
}
