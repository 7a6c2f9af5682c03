package io.donna.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessTreeTest {
  @Test
  void readsTheKernelsMemoryFigures() {
    assertThat(ProcessTree.bytes("Pss:                2384 kB")).isEqualTo(2384 * 1024);
  }

  @Test
  void findsChildren() throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "sh -c 'echo; read wait'; true").start();
    int started = shell.getInputStream().read();

    ProcessTree tree = ProcessTree.of(shell.toHandle());

    assertThat(started).isEqualTo('\n');
    assertThat(tree.pids()).hasSize(2).startsWith(shell.pid());
    assertThat(tree.cpuNanos()).isPositive();
    assertThat(tree.residentBytes()).isGreaterThan(100_000);
    shell.getOutputStream().close();
  }
}
