package io.donna.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.admin.ReplicaReports.Report;
import io.donna.gateway.admin.ReplicaReports.Reports;
import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.cluster.MemoryCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplicaReportsTest {
  private static final Duration LONG = Duration.ofSeconds(5);

  private final MemoryCluster memory = new MemoryCluster(System::nanoTime);
  private final Set<String> made = ConcurrentHashMap.newKeySet();
  private final AtomicInteger times = new AtomicInteger();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private ReplicaReports join(String name) {
    Cluster cluster = memory.join();
    ReplicaReports reports =
        new ReplicaReports(
            cluster,
            name,
            report -> {
              made.add(report);
              times.incrementAndGet();
              if (report.equals("defect")) {
                throw new IllegalStateException("a defect of the test");
              }
              return report.equals("nothing") ? "" : report + " of " + name;
            });
    open.add(reports);
    open.add(cluster);
    return reports;
  }

  private ReplicaReports start(String name) {
    ReplicaReports reports = join(name);
    reports.start();
    return reports;
  }

  @Test
  void bringsWhatOthersReportUnderTheirNames() throws InterruptedException {
    ReplicaReports here = start("here");
    start("one");
    start("two");

    Reports heard = here.ask("live", LONG);

    assertThat(heard.all())
        .containsExactlyInAnyOrder(
            new Report("one", "live of one"), new Report("two", "live of two"));
    assertThat(heard.unheard()).isZero();
    assertThat(here.ask("nothing", LONG).all()).extracting(Report::text).containsOnly("");
  }

  @Test
  void saysHowManyHaveNotReportedInTime() throws InterruptedException {
    ReplicaReports here = start("here");
    start("one");
    join("silent");

    Reports heard = here.ask("live", Duration.ofSeconds(2));

    assertThat(heard.all()).extracting(Report::replica).containsExactly("one");
    assertThat(heard.unheard()).isEqualTo(1);
  }

  @Test
  void waitsNoLongerThanUntilThereIsEnough() throws InterruptedException {
    ReplicaReports here = start("here");
    start("one");
    join("silent");

    long begun = System.nanoTime();
    Reports heard = here.ask("session/7", Duration.ofSeconds(30), report -> true);

    assertThat(heard.all()).hasSize(1);
    assertThat(System.nanoTime() - begun).isLessThan(Duration.ofSeconds(10).toNanos());
  }

  /** A viewer may name as many sessions as it likes. */
  @Test
  void wantsAndMakesNoMoreReportsThanSoMany() throws InterruptedException {
    ReplicaReports here = start("here");
    start("one");
    for (int i = 0; i < 10 * ReplicaReports.MOST; i++) {
      here.ask("session/" + i, Duration.ZERO);
    }
    assertThat(here.ask("live", LONG).all()).hasSize(1);

    assertThat(made).hasSizeLessThan(3 * ReplicaReports.MOST);
  }

  @Test
  void asksForNothingThatIsTooLongOrHasLines() throws InterruptedException {
    ReplicaReports here = start("here");
    start("one");

    assertThat(here.ask("session/a\nlive", LONG)).isEqualTo(Reports.NONE);
    assertThat(here.ask("s".repeat(ReplicaReports.LONGEST_NAME + 1), LONG)).isEqualTo(Reports.NONE);
    assertThat(here.ask("status", LONG).all()).hasSize(1);
    assertThat(made).containsExactly("status");
  }

  /** Whatever fails, fails once a second. */
  @Test
  void doesNotHurryForAReportThatCannotBeMade() throws InterruptedException {
    ReplicaReports here = start("here");
    start("one");

    assertThat(here.ask("defect", Duration.ofSeconds(3)).unheard()).isEqualTo(1);

    assertThat(times).hasValueBetween(1, 5);
  }

  @Test
  void isAloneWhereNothingIsShared() throws InterruptedException {
    assertThat(start("here").ask("live", LONG)).isEqualTo(Reports.NONE);
  }
}
