package io.donna.gateway.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That the suite would notice: a detector that finds nothing is no proof by itself. */
class LeaksTest {
  @Test
  void findsABufferThatNobodyReleased() {
    List<String> found = new ArrayList<>();
    ByteBufAllocator.DEFAULT.buffer(64).writeLong(7);

    await("the leak to be found")
        .atMost(Duration.ofSeconds(10))
        .until(() -> found.addAll(LeakDetector.find()) || !found.isEmpty());

    assertThat(found.getFirst()).contains("ByteBuf");
  }
}
