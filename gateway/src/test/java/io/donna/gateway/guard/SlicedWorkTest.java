package io.donna.gateway.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlicedWorkTest {
  private final AtomicInteger looksAtSockets = new AtomicInteger();
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, thread -> new NoSockets());
  private final EventLoop loop = loops.next();

  /** For each step, how often the loop had looked at its sockets. */
  private final List<Integer> steps = new CopyOnWriteArrayList<>();

  private final class NoSockets implements IoHandler {
    @Override
    public int run(IoHandlerContext context) {
      looksAtSockets.incrementAndGet();
      LockSupport.parkNanos(50_000);
      return 0;
    }

    @Override
    public IoRegistration register(IoHandle handle) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void wakeup() {}

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handle) {
      return false;
    }
  }

  @AfterEach
  void stop() {
    loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }

  private void run(int count, Duration each) {
    SlicedWork slices =
        new SlicedWork(
            loop,
            () -> {
              LockSupport.parkNanos(each.toNanos());
              steps.add(looksAtSockets.get());
              return steps.size() < count;
            });
    loop.execute(slices::run);
    await().atMost(Duration.ofSeconds(10)).until(() -> steps.size() == count);
  }

  @Test
  void letsTheLoopLookAtItsSocketsBehindEachPiece() {
    run(200, Duration.ZERO);

    assertThat(new HashSet<>(steps)).hasSizeGreaterThanOrEqualTo(4);
  }

  @Test
  void doesLessAtOnceWhereMessagesTakeLong() {
    run(10, Duration.ofMillis(1));

    assertThat(new HashSet<>(steps)).hasSize(10);
  }
}
