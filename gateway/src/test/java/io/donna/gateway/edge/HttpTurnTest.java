package io.donna.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What one connection may have of an event loop before the others. */
class HttpTurnTest {
  /** Fewer than are answered in a turn where each costs little. */
  private static final int REQUESTS = 7;

  private final AtomicInteger turns = new AtomicInteger();

  /** The answers of a turn go out together. */
  private final class Turns extends ChannelOutboundHandlerAdapter {
    @Override
    public void flush(ChannelHandlerContext context) {
      turns.incrementAndGet();
      context.flush();
    }
  }

  @Test
  void answersFewerRequestsInATurnWhereEachTakesLong() {
    String request =
        "GET /health HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Protocol: %s\r\n\r\n"
            .formatted("a,".repeat(15_000));
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start()) {
      EmbeddedChannel channel = new EmbeddedChannel(new Turns());
      gateway.gateway().speakHttp(channel);
      channel.pipeline().fireChannelActive();

      channel.writeInbound(ByteBufUtil.writeAscii(channel.alloc(), request.repeat(REQUESTS)));

      assertThat(answers(channel)).isEqualTo(REQUESTS);
      assertThat(turns).hasValueGreaterThan(1);
      channel.finishAndReleaseAll();
    }
  }

  /** How many answers have gone out. */
  private static int answers(EmbeddedChannel channel) {
    StringBuilder said = new StringBuilder();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      said.append(part.toString(StandardCharsets.US_ASCII));
      part.release();
    }
    return said.toString().split("HTTP/1.1 200", -1).length - 1;
  }
}
