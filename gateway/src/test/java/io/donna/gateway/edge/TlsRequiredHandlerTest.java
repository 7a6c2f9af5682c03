package io.donna.gateway.edge;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.websocket.HeldBytes;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import org.junit.jupiter.api.Test;

class TlsRequiredHandlerTest {
  @Test
  void countsNothingAsHeldOfThoseWhoSpeakPlainHttp() throws Exception {
    HeldBytes held = new HeldBytes(1 << 20);
    SslContext unused = SslContextBuilder.forClient().sslProvider(SslProvider.JDK).build();
    DuplexEmbeddedChannel channel = new DuplexEmbeddedChannel(new UnpooledByteBufAllocator(false));
    channel
        .pipeline()
        .addLast(
            new PreUpgradeMemoryHandler(held, new PendingConnections(1, 1 << 20)),
            new TlsRequiredHandler(unused));

    for (int i = 0; i < 100; i++) {
      channel.writeInbound(
          channel
              .alloc()
              .buffer()
              .writeBytes("GET / HTTP/1.1\r\n".repeat(1_000).getBytes(US_ASCII)));
    }

    assertThat(held.total()).isZero();
    assertThat(channel.isOpen()).isTrue();
    channel.finishAndReleaseAll();
  }
}
