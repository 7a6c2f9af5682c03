package io.donna.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryClusterTest extends ClusterContract {
  private final MemoryCluster memory = new MemoryCluster(System::nanoTime);

  @Override
  Cluster join() {
    return memory.join();
  }

  @Test
  void asksNobodyWhereAReplicaIsAlone() {
    Cluster alone = MemoryCluster.alone();

    assertThat(alone.isShared()).isFalse();
    assertThat(alone.share(3)).isEqualTo(3);
  }
}
