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
    return Files.writeString(folder.resolve("ca.pem"), authority.getCertificatePEM());
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

  public static CertificateBuilder expired(CertificateBuilder builder) {
    return builder
        .notBefore(Instant.now().minusSeconds(7_200))
        .notAfter(Instant.now().minusSeconds(3_600));
  }
}
