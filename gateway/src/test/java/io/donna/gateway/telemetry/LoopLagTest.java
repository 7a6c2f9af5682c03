package io.donna.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class LoopLagTest {
  @Test
  void findsTheLoopThatIsHeldUp() {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    try (Telemetry telemetry = new Telemetry()) {
      telemetry.follow(loops);
      long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
      loops
          .next()
          .execute(() -> {
            while (System.nanoTime() - end < 0) {
              LockSupport.parkNanos(end - System.nanoTime());
            }
          });

      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> telemetry.takeLoopLag().compareTo(Duration.ofSeconds(1)) > 0);
      assertThat(telemetry.loopLag()).isGreaterThan(1);
      await("forgotten once taken")
          .atMost(Duration.ofSeconds(5))
          .until(() -> telemetry.takeLoopLag().compareTo(Duration.ofSeconds(1)) < 0);
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }
}
