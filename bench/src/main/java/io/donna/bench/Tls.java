package io.donna.bench;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.SSLContext;

/**
 * TLS between the clients and a peer. All peers use one key and certificate (EC P-256), generated
 * for the run. Clients do not verify the certificate, since that is not a cost of the peer.
 *
 * @param certificate a PEM file
 * @param key a PEM file
 * @param both both in one file, as HAProxy expects
 */
record Tls(Path certificate, Path key, Path both, SslContext clients, SSLContext probe) {
  private static final String PASSWORD = "of-a-throwaway-key";

  static Tls in(Path directory) {
    try {
      Path store = directory.resolve("tls.p12");
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-keyalg",
                  "EC",
                  "-groupname",
                  "secp256r1",
                  "-dname",
                  "CN=localhost",
                  "-validity",
                  "30",
                  "-storetype",
                  "PKCS12",
                  "-storepass",
                  PASSWORD,
                  "-alias",
                  "bench",
                  "-keystore",
                  store.toString())
              .redirectErrorStream(true)
              .redirectOutput(Redirect.DISCARD)
              .start();
      if (keytool.waitFor() != 0) {
        throw new BenchmarkFailed("keytool made no certificate");
      }
      return read(store, directory);
    } catch (IOException | GeneralSecurityException e) {
      throw new BenchmarkFailed("no certificate for the run", e);
    } catch (InterruptedException e) {
      throw new BenchmarkFailed("interrupted", e);
    }
  }

  private static Tls read(Path store, Path directory) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    String certificate = pem("CERTIFICATE", keys.getCertificate("bench").getEncoded());
    String key = pem("PRIVATE KEY", keys.getKey("bench", PASSWORD.toCharArray()).getEncoded());
    SSLContext probe = SSLContext.getInstance("TLS");
    probe.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    return new Tls(
        Files.writeString(directory.resolve("certificate.pem"), certificate),
        Files.writeString(directory.resolve("key.pem"), key),
        Files.writeString(directory.resolve("both.pem"), certificate + key),
        SslContextBuilder.forClient()
            .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .build(),
        probe);
  }

  Socket connect(int port) throws IOException {
    return probe.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
  }

  private static String pem(String kind, byte[] der) {
    String base64 =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(kind, base64);
  }
}
