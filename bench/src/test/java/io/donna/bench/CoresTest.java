package io.donna.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CoresTest {
  @Test
  void readsTheKernelsLists() {
    assertThat(Cores.parse("0")).containsExactly(0);
    assertThat(Cores.parse("0-3,8,10-11")).containsExactly(0, 1, 2, 3, 8, 10, 11);
  }

  @Test
  void startsAPeerOnItsCore() {
    Cores cores = new Cores(List.of("taskset", "-c", "0"), "pinned");

    assertThat(cores.forPeer(List.of("nginx", "-p", "prefix")))
        .containsExactly("taskset", "-c", "0", "nginx", "-p", "prefix");
  }
}
