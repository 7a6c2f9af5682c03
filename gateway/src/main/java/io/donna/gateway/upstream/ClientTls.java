package io.donna.gateway.upstream;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLException;

/** TLS to upstreams: BoringSSL if available, TLS 1.2 and 1.3, with host name verification. */
final class ClientTls {
  private ClientTls() {}

  /**
   * Prepares the TLS context. Reads a configured file at once; loads the platform's certificates,
   * which takes a fifth of the start-up time, in the background.
   *
   * @throws SSLException when the certificates to trust cannot be used
   */
  static CompletableFuture<SslContext> prepare(Optional<Path> caFile, Executor blocking)
      throws SSLException {
    // Initialises Netty's buffer classes by this thread. They refer to each other: two threads that
    // come to them from two sides would wait for each other for ever.
    ByteBufAllocator.DEFAULT.buffer(1).release();
    Unpooled.EMPTY_BUFFER.release();
    return caFile.isPresent()
        ? CompletableFuture.completedFuture(trusting(caFile))
        : CompletableFuture.supplyAsync(ClientTls::trustingThePlatform, blocking);
  }

  private static SslContext trustingThePlatform() {
    try {
      return trusting(Optional.empty());
    } catch (SSLException e) {
      throw new IllegalStateException("the platform's certificates cannot be used", e);
    }
  }

  private static SslContext trusting(Optional<Path> caFile) throws SSLException {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
            .endpointIdentificationAlgorithm("HTTPS");
    Optional<File> trusted = caFile.map(Path::toFile);
    if (trusted.isPresent()) {
      try {
        builder.trustManager(trusted.get());
      } catch (IllegalArgumentException notCertificates) {
        throw new SSLException("UPSTREAM_CA_FILE has no usable PEM certificate", notCertificates);
      }
    }
    return builder.build();
  }
}
