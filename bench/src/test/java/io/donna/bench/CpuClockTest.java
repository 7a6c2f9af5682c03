package io.donna.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class CpuClockTest {
  private static final long WORK_NANOS = Duration.ofMillis(30).toNanos();
  private static final long OWN_PID = ProcessHandle.current().pid();

  @Test
  void keepsTheTimeOfAThreadThatHasEnded() throws Exception {
    long before = CpuClock.nanos(OWN_PID);
    Thread thread = new Thread(CpuClockTest::work);
    thread.start();
    thread.join();

    assertThat(CpuClock.nanos(OWN_PID) - before).isGreaterThanOrEqualTo(WORK_NANOS);
  }

  @Test
  void readsOtherProcesses() throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "read wait").start();

    assertThat(CpuClock.nanos(shell.pid())).isPositive();

    shell.getOutputStream().close();
    shell.waitFor();
    assertThatThrownBy(() -> CpuClock.nanos(shell.pid())).hasMessageContaining("it has ended");
  }

  /** Takes its time in CPU, however busy the machine is. */
  private static void work() {
    var threads = ManagementFactory.getThreadMXBean();
    while (threads.getCurrentThreadCpuTime() < WORK_NANOS) {
      Thread.onSpinWait();
    }
  }
}
