package io.donna.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileDescriptorBudgetTest {
  @ParameterizedTest
  @CsvSource({
    // wanted, free, sessions, pending
    "10000, 1000000, 10000, 10000",
    "10000, 65000, 10000, 10000",
    "10000, 25048, 10000, 5000",
    "10000, 20000, 9352, 1247",
    "9000, 20000, 9000, 1952",
    "10000, 1000, 446, 59",
    "10000, 64, 7, 1",
    "10000, 10, 1, 1",
    "3, 1000, 3, 946",
    "3, 100000, 3, 1000",
  })
  void givesEverySessionTwoAndLeavesSomeForTheRest(
      int wanted, long free, int sessions, int pending) {
    FileDescriptorBudget shares = FileDescriptorBudget.share(wanted, free);

    assertThat(shares).isEqualTo(new FileDescriptorBudget(sessions, pending));
    if (free > 64) {
      assertThat(2L * shares.sessions() + shares.pending()).isLessThanOrEqualTo(free - 48);
    }
  }

  @Test
  void dividesWhatThisProcessHasNotOpened() {
    UnixOperatingSystemMXBean system =
        (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long most = system.getMaxFileDescriptorCount();
    assumeThat(most).isLessThan(Integer.MAX_VALUE);
    long reserve = 48 + 4L * Runtime.getRuntime().availableProcessors();

    // Other threads may open a file meanwhile.
    await()
        .untilAsserted(() -> {
          FileDescriptorBudget shares = FileDescriptorBudget.share(Integer.MAX_VALUE);
          long open = system.getOpenFileDescriptorCount();
          assertThat(open + reserve + 2L * shares.sessions() + shares.pending())
              .isBetween(most - 1, most);
        });
  }
}
