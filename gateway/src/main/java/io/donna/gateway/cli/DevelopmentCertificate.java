package io.donna.gateway.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * A development certificate for this machine's own names and the authority that signed it. The
 * JDK's keytool generates both on first use, and again shortly before they expire. The authority's
 * private key is deleted at once and its certificate is constrained to this machine's names, so
 * trusting it is no risk.
 *
 * @param authority the certificate that clients must trust
 */
record DevelopmentCertificate(Path authority, Path certificate, Path key) {
  private static final Path FOLDER = Path.of(".donna", "tls");
  private static final Duration SOON = Duration.ofDays(7);

  /** The longest validity that clients accept: Apple's limit for authorities that a user added. */
  private static final String VALID_DAYS = "825";

  /**
   * The extension nameConstraints (RFC 5280, 4.2.1.10) in DER: permits localhost, 127.0.0.0/8 and
   * ::1 and nothing else.
   */
  private static final String OWN_NAMES_ONLY =
      "303f"
          + "a03d"
          + ("300b" + "8209" + hex("localhost"))
          + ("300a" + "8708" + "7f000000" + "ff000000")
          + ("3022" + "8720" + "0".repeat(31) + "1" + "f".repeat(32));

  /** Returns the certificate in {@code .donna/tls}, generating it if necessary. */
  static DevelopmentCertificate inWorkingDirectory() throws IOException, InterruptedException {
    DevelopmentCertificate certificate =
        new DevelopmentCertificate(
            FOLDER.resolve("ca.pem"), FOLDER.resolve("cert.pem"), FOLDER.resolve("key.pem"));
    if (!certificate.isUsable()) {
      certificate.make();
    }
    return certificate;
  }

  private boolean isUsable() {
    if (!Stream.of(authority, key).allMatch(Files::isReadable)) {
      return false;
    }
    try (var in = Files.newInputStream(certificate)) {
      X509Certificate own =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      own.checkValidity(Date.from(Instant.now().plus(SOON)));
      return true;
    } catch (IOException | CertificateException missingOrOld) {
      return false;
    }
  }

  private void make() throws IOException, InterruptedException {
    Files.createDirectories(FOLDER);
    Path scratch = Files.createTempDirectory("donna");
    Path store = scratch.resolve("keys.p12");
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    String password = Base64.getUrlEncoder().encodeToString(random);
    try {
      keytool(
          store,
          password,
          List.of("-alias", "ca", "-dname", "CN=Donna development on this machine"),
          List.of("bc:c=ca:true,pathlen:0", "ku:c=keyCertSign", "2.5.29.30:c=" + OWN_NAMES_ONLY));
      keytool(
          store,
          password,
          List.of("-alias", "localhost", "-signer", "ca", "-dname", "CN=localhost"),
          List.of(
              "ku:c=digitalSignature",
              "eku=serverAuth",
              "san=dns:localhost,ip:127.0.0.1,ip:0:0:0:0:0:0:0:1"));
      write(store, password.toCharArray());
    } finally {
      Files.deleteIfExists(store);
      Files.deleteIfExists(scratch);
    }
  }

  private void write(Path store, char[] password) throws IOException {
    try {
      KeyStore keys = KeyStore.getInstance(store.toFile(), password);
      Key own = keys.getKey("localhost", password);
      Certificate[] chain = keys.getCertificateChain("localhost");
      Files.writeString(authority, pem("CERTIFICATE", chain[1].getEncoded()));
      Files.writeString(certificate, pem("CERTIFICATE", chain[0].getEncoded()));
      DevelopmentState.write(key, pem("PRIVATE KEY", own.getEncoded()));
    } catch (GeneralSecurityException unreadable) {
      throw new IOException("cannot read the certificate that keytool generated", unreadable);
    }
  }

  private static void keytool(
      Path store, String password, List<String> name, List<String> extensions)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1"));
    command.addAll(List.of("-validity", VALID_DAYS, "-storetype", "PKCS12"));
    command.addAll(List.of("-keystore", store.toString(), "-storepass:env", "STORE_PASSWORD"));
    command.addAll(name);
    extensions.forEach(extension -> command.addAll(List.of("-ext", extension)));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("STORE_PASSWORD", password);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("keytool failed: " + said.strip());
    }
  }

  private static String pem(String label, byte[] der) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
  }

  private static String hex(String ascii) {
    return HexFormat.of().formatHex(ascii.getBytes(StandardCharsets.US_ASCII));
  }
}
