package io.donna.gateway.cluster.redis;

import io.donna.gateway.config.RedisUrl;
import io.donna.gateway.config.Secret;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions.RefreshTrigger;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a Redis server, a Redis behind sentinels, or a Redis Cluster. It is opened and
 * opened again by its owner. Safe from any thread.
 */
final class RedisConnection implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  /** No command waits longer, whoever still waits for it. */
  private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(2);

  /** Commands that have not been answered; more than this are refused, not kept. */
  private static final int MOST_WAITING = 20_000;

  private static final ClientOptions OPTIONS =
      ClientOptions.builder()
          .autoReconnect(false)
          .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
          .requestQueueSize(MOST_WAITING)
          .timeoutOptions(TimeoutOptions.enabled(COMMAND_TIMEOUT))
          .socketOptions(SocketOptions.builder().connectTimeout(CONNECT_TIMEOUT).build())
          .build();

  private record Open(
      StatefulConnection<String, String> connection,
      RedisClusterAsyncCommands<String, String> commands) {}

  private final ClientResources resources;
  private final AbstractRedisClient client;
  private final List<RedisURI> servers;
  private volatile @Nullable Open open;

  /** Connects nothing yet. */
  RedisConnection(RedisUrl url) {
    this.resources =
        ClientResources.builder().ioThreadPoolSize(2).computationThreadPoolSize(2).build();
    this.servers = uris(url);
    if (url.kind() == RedisUrl.Kind.CLUSTER) {
      RedisClusterClient ofCluster = RedisClusterClient.create(resources, servers);
      ofCluster.setOptions(
          ClusterClientOptions.builder(OPTIONS)
              .autoReconnect(true)
              // The connection to a server is opened by the first command for it, which waits.
              .disconnectedBehavior(DisconnectedBehavior.ACCEPT_COMMANDS)
              .topologyRefreshOptions(
                  ClusterTopologyRefreshOptions.builder()
                      .enableAdaptiveRefreshTrigger(RefreshTrigger.values())
                      .build())
              .build());
      this.client = ofCluster;
    } else {
      RedisClient ofServer = RedisClient.create(resources);
      ofServer.setOptions(OPTIONS);
      this.client = ofServer;
    }
  }

  private static List<RedisURI> uris(RedisUrl url) {
    if (url.kind() == RedisUrl.Kind.SENTINEL) {
      RedisURI.Builder master = RedisURI.builder().withSentinelMasterId(url.master());
      url.servers().forEach(sentinel -> master.withSentinel(sentinel.host(), sentinel.port()));
      return List.of(finished(master, url));
    }
    return url.servers().stream()
        .map(server ->
            finished(RedisURI.builder().withHost(server.host()).withPort(server.port()), url))
        .toList();
  }

  private static RedisURI finished(RedisURI.Builder builder, RedisUrl url) {
    builder.withSsl(url.tls()).withDatabase(url.database()).withTimeout(CONNECT_TIMEOUT);
    builder.withClientName("donna-gateway");
    url.password()
        .map(Secret::value)
        .map(String::toCharArray)
        .ifPresent(password ->
            url.user()
                .ifPresentOrElse(
                    user -> builder.withAuthentication(user, password),
                    () -> builder.withPassword(password)));
    return builder.build();
  }

  boolean isOpen() {
    Open now = open;
    return now != null && now.connection.isOpen();
  }

  /** Closes what is open and connects anew; completes exceptionally if that fails. */
  CompletionStage<Void> reopen() {
    disconnect();
    if (client instanceof RedisClusterClient ofCluster) {
      return ofCluster
          .refreshPartitionsAsync()
          .thenCompose(known -> ofCluster.connectAsync(StringCodec.UTF8))
          .thenAccept(connection -> open = new Open(connection, connection.async()));
    }
    return ((RedisClient) client)
        .connectAsync(StringCodec.UTF8, servers.getFirst())
        .thenAccept(connection -> open = new Open(connection, connection.async()));
  }

  private void disconnect() {
    Open before = open;
    open = null;
    if (before != null && before.connection.isOpen()) {
      before.connection.closeAsync();
    }
  }

  /** Runs a script; completes exceptionally at once if nothing is connected. */
  CompletionStage<List<Object>> run(RedisScript script, List<String> keys, List<String> arguments) {
    Open now = open;
    if (now == null) {
      return CompletableFuture.failedFuture(new RedisException("not connected"));
    }
    String[] keyArray = keys.toArray(String[]::new);
    String[] argumentArray = arguments.toArray(String[]::new);
    try {
      return now.commands
          .<List<Object>>evalsha(script.digest(), ScriptOutputType.MULTI, keyArray, argumentArray)
          .exceptionallyCompose(failure ->
              isUnknownScript(failure)
                  ? now.commands.<List<Object>>eval(
                      script.source(), ScriptOutputType.MULTI, keyArray, argumentArray)
                  : CompletableFuture.failedFuture(failure));
    } catch (RedisException refused) { // closed meanwhile, or too many wait
      return CompletableFuture.failedFuture(refused);
    }
  }

  private static boolean isUnknownScript(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof RedisNoScriptException;
  }

  @Override
  public void close() {
    open = null;
    client.shutdown(Duration.ZERO, Duration.ofSeconds(1)); // closes its connections
    resources.shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
