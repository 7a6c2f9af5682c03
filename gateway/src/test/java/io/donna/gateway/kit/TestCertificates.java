package io.donna.gateway.kit;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.function.UnaryOperator;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** A certificate authority of the tests and what it signs. */
public final class TestCertificates {
  private final X509Bundle authority;

  public TestCertificates() {
    try {
      authority =
          new CertificateBuilder()
              .subject("CN=Donna test authority")
              .setIsCertificateAuthority(true)
              .buildSelfSigned();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Writes the authority's certificate, as {@code UPSTREAM_CA_FILE} takes it. */
  public Path writeTo(Path folder) throws IOException {
    return writeTo(folder, "ca.pem");
  }

  public Path writeTo(Path folder, String name) throws IOException {
    return Files.writeString(folder.resolve(name), authority.getCertificatePEM());
  }

  /** Sockets of a server that is named {@code host}, its certificate changed by {@code change}. */
  public ServerSocketFactory serverNamed(String host, UnaryOperator<CertificateBuilder> change) {
    try {
      CertificateBuilder builder =
          new CertificateBuilder().subject("CN=" + host).addSanDnsName(host);
      X509Bundle bundle = change.apply(builder).buildIssuedBy(authority);
      KeyManagerFactory keys = bundle.toKeyManagerFactory();
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context.getServerSocketFactory();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /**
   * A certificate and key in files, as {@code TLS_CERT_FILE} and {@code TLS_KEY_FILE} take them.
   */
  public record Pair(Path certificate, Path key) {}

  /** Writes what a gateway on this machine shows, over what was there before. */
  public Pair writeServer(Path folder) throws IOException {
    return writeServer(folder, UnaryOperator.identity());
  }

  public Pair writeServer(Path folder, UnaryOperator<CertificateBuilder> change)
      throws IOException {
    X509Bundle bundle =
        issue(
            change.apply(
                new CertificateBuilder()
                    .subject("CN=localhost")
                    .addSanDnsName("localhost")
                    .addSanIpAddress("127.0.0.1")));
    return new Pair(
        Files.writeString(folder.resolve("server.pem"), bundle.getCertificatePathPEM()),
        Files.writeString(folder.resolve("server.key"), bundle.getPrivateKeyPEM()));
  }

  /** What a client that trusts this authority uses; it shows no certificate. */
  public SSLContext client() {
    return client(null);
  }

  public X509TrustManager trustManager() {
    return (X509TrustManager) authority.toTrustManager();
  }

  /** As {@link #client()}, and shows a certificate that this authority signed. */
  public SSLContext certifiedClient() {
    return client(
        issue(new CertificateBuilder().subject("CN=a client").addExtendedKeyUsageClientAuth()));
  }

  private SSLContext client(@Nullable X509Bundle shown) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          shown == null ? null : shown.toKeyManagerFactory().getKeyManagers(),
          new TrustManager[] {trustManager()},
          null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private X509Bundle issue(CertificateBuilder builder) {
    try {
      return builder.buildIssuedBy(authority);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  public static CertificateBuilder expired(CertificateBuilder builder) {
    return builder
        .notBefore(Instant.now().minusSeconds(7_200))
        .notAfter(Instant.now().minusSeconds(3_600));
  }
}
