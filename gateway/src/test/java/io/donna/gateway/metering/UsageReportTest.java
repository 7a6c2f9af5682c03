package io.donna.gateway.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import io.donna.gateway.metering.UsageReport.Grouping;
import io.donna.gateway.metering.UsageReport.Row;
import io.donna.gateway.metering.UsageReport.Sum;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageReportTest {
  private static Charge charge(
      String session, String user, String tenant, String model, Kind kind, String usd) {
    return new Charge(
        Instant.EPOCH,
        session,
        new Payer(
            user,
            Optional.of(tenant).filter(name -> !name.isEmpty()),
            Optional.of("gold").filter(tier -> !tenant.isEmpty())),
        model,
        kind,
        1,
        "id",
        "completed",
        kind == Kind.TRANSCRIPTION,
        usage(1),
        new BigDecimal(usd));
  }

  private static Usage usage(long tokens) {
    return new Usage(new Tokens(tokens, 0, 0), Tokens.NONE, Tokens.NONE, BigDecimal.ZERO);
  }

  private static UsageReport report(Grouping grouping) {
    UsageReport report = new UsageReport(grouping);
    report.add(charge("s1", "ann", "acme", "m1", Kind.RESPONSE, "0.1"));
    report.add(charge("s1", "ann", "acme", "m2", Kind.TRANSCRIPTION, "0.2"));
    report.add(charge("s2", "bob", "", "m1", Kind.RESPONSE, "0.3"));
    report.add(charge("s3", "eve", "acme", "m1", Kind.RESPONSE, "0.5"));
    return report;
  }

  @ParameterizedTest
  @CsvSource({
    "USER, eve 0.5 ann 0.3 bob 0.3",
    "MODEL, m1 0.9 m2 0.2",
    "TENANT, acme 0.8 - 0.3",
    "TIER, gold 0.8 - 0.3",
    "SESSION, s3 0.5 s1 0.3 s2 0.3",
  })
  void sumsTheDearestFirstAndEqualOnesByName(Grouping grouping, String rows) {
    StringBuilder shown = new StringBuilder();
    for (Row row : report(grouping).rows()) {
      shown.append(row.name().orElse("-")).append(' ').append(row.sum().cost()).append(' ');
    }

    assertThat(shown.toString().strip()).isEqualTo(rows);
  }

  @Test
  void countsResponsesTranscriptionsAndEstimates() {
    UsageReport report = report(Grouping.USER);

    assertThat(report.rows().stream().filter(row -> row.name().equals(Optional.of("ann"))))
        .extracting(Row::sum)
        .isEqualTo(List.of(new Sum(1, 1, 1, usage(2), new BigDecimal("0.3"))));
    assertThat(report.total()).isEqualTo(new Sum(3, 1, 1, usage(4), new BigDecimal("1.1")));
    assertThat(new UsageReport(Grouping.USER).total())
        .isEqualTo(new Sum(0, 0, 0, Usage.NONE, BigDecimal.ZERO));
  }
}
