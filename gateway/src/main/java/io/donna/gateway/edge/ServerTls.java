package io.donna.gateway.edge;

import io.donna.gateway.config.ServerIdentity;
import io.donna.gateway.config.TlsSettings;
import io.donna.gateway.config.WatchedFiles;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS on the public port. Changed files are reloaded: new connections get the new certificate, open
 * ones keep theirs. Files that do not match, as during a renewal, change nothing. Safe from any
 * thread.
 */
final class ServerTls {
  private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);

  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  /** Only forward secrecy and authenticated encryption: Mozilla's "intermediate". */
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  /** How long before its expiry a certificate is logged as a warning. */
  private static final Duration SOON = Duration.ofDays(14);

  private final SslProvider provider;
  private final Clock clock;
  private volatile ServerIdentity identity;
  private volatile SslContext context;

  private ServerTls(ServerIdentity identity, SslProvider provider, Clock clock)
      throws SSLException {
    this.provider = provider;
    this.clock = clock;
    if (provider == SslProvider.JDK) {
      // As BoringSSL always does; otherwise a client could cause a handshake per record.
      System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    }
    this.identity = identity;
    this.context = load(identity);
  }

  /** Reads the files and starts watching them. */
  static ServerTls start(TlsSettings files, SslProvider provider, WatchedFiles watched, Clock clock)
      throws IOException {
    try {
      ServerTls tls = new ServerTls(ServerIdentity.read(files), provider, clock);
      watched.watch("TLS_CERT_FILE", files.files(), tls::take);
      return tls;
    } catch (ServerIdentity.Unusable unusable) {
      throw new IOException(unusable.getMessage(), unusable);
    }
  }

  /** The first handler in the pipeline of a new connection. */
  ChannelHandler handler() {
    return new TlsRequiredHandler(context);
  }

  /** When the certificate of new connections expires. */
  Instant expiry() {
    return identity.expiry();
  }

  private void take(List<byte[]> contents) throws IOException {
    try {
      ServerIdentity read = ServerIdentity.of(contents);
      if (!read.equals(identity)) {
        context = load(read);
        identity = read;
      }
    } catch (ServerIdentity.Unusable unusable) {
      throw new IOException("cannot be used: " + unusable.getMessage(), unusable);
    }
  }

  private SslContext load(ServerIdentity identity) throws SSLException {
    SslContextBuilder builder =
        SslContextBuilder.forServer(
                identity.key(), identity.chain().toArray(X509Certificate[]::new))
            .sslProvider(provider)
            .protocols(PROTOCOLS)
            .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE);
    if (!identity.clientAuthorities().isEmpty()) {
      builder
          .trustManager(identity.clientAuthorities().toArray(X509Certificate[]::new))
          .clientAuth(ClientAuth.REQUIRE);
    }
    SslContext loaded = builder.build();
    if (identity.expiry().isBefore(clock.instant().plus(SOON))) {
      LOG.warn("TLS certificate of {} expires {}", identity.subject(), identity.expiry());
    } else {
      LOG.info("TLS certificate of {} valid until {}", identity.subject(), identity.expiry());
    }
    return loaded;
  }
}
