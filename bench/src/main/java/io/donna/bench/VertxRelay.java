package io.donna.bench;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketBase;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.net.PemKeyCertOptions;

/**
 * A minimal relay on Vert.x: text in both directions, back-pressure and closes. Runs in its own
 * process.
 */
public final class VertxRelay {
  private VertxRelay() {}

  public static void main(String[] args) {
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    int port = Integer.parseInt(args[0]);
    int upstreamPort = Integer.parseInt(args[1]);
    Vertx vertx =
        Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1));
    int largest = 2 * AudioMessage.MAX_SIZE;
    WebSocketClient client =
        vertx.createWebSocketClient(
            new WebSocketClientOptions()
                .setMaxConnections(Load.MOST_SESSIONS)
                .setMaxFrameSize(largest)
                .setMaxMessageSize(largest));
    WebSocketConnectOptions upstream =
        new WebSocketConnectOptions()
            .setHost("127.0.0.1")
            .setPort(upstreamPort)
            .setURI("/v1/realtime");
    HttpServerOptions server =
        new HttpServerOptions()
            .setHost("127.0.0.1")
            .setMaxWebSocketFrameSize(largest)
            .setMaxWebSocketMessageSize(largest);
    if (args.length > 2) {
      server
          .setSsl(true)
          .setKeyCertOptions(new PemKeyCertOptions().setCertPath(args[2]).setKeyPath(args[3]));
    }
    vertx
        .createHttpServer(server)
        .webSocketHandler(downstream -> relay(downstream, client, upstream))
        .requestHandler(request -> request.response().end())
        .listen(port);
  }

  private static void relay(
      ServerWebSocket downstream, WebSocketClient client, WebSocketConnectOptions to) {
    downstream.pause();
    client
        .connect(to)
        .onSuccess(upstream -> {
          pipe(downstream, upstream);
          pipe(upstream, downstream);
          downstream.resume();
        })
        .onFailure(fault -> downstream.close((short) 1011));
  }

  private static void pipe(WebSocketBase from, WebSocketBase to) {
    from.textMessageHandler(text -> {
      to.writeTextMessage(text);
      if (to.writeQueueFull()) {
        from.pause();
        to.drainHandler(drained -> from.resume());
      }
    });
    from.closeHandler(closed -> to.close());
  }
}
