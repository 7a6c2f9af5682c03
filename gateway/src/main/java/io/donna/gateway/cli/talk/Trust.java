package io.donna.gateway.cli.talk;

import io.donna.gateway.config.BoundedFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Trusts the certificates of a file instead of the platform's. */
public final class Trust {
  private Trust() {}

  /**
   * A TLS context that trusts the certificates of {@code pem}.
   *
   * @throws IOException if the file cannot be used; the message says why
   */
  public static SSLContext in(Path pem) throws IOException {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (Certificate certificate : certificates(pem)) {
        store.setCertificateEntry("trusted " + store.size(), certificate);
      }
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(pem + " cannot be used: " + e.getMessage(), e);
    }
  }

  private static Collection<? extends Certificate> certificates(Path pem) throws IOException {
    try {
      Collection<? extends Certificate> all =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(read(pem)));
      if (all.isEmpty()) {
        throw new CertificateException("empty");
      }
      return all;
    } catch (CertificateException noCertificates) {
      throw new IOException(pem + " contains no PEM certificate", noCertificates);
    }
  }

  private static byte[] read(Path pem) throws IOException {
    try {
      return BoundedFile.read(pem);
    } catch (IOException unreadable) {
      throw new IOException(pem + " " + unreadable.getMessage(), unreadable);
    }
  }
}
