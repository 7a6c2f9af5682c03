package io.donna.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.donna.gateway.kit.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What makes an identity, and what stops the start. */
class ServerIdentityTest {
  private static final TestCertificates AUTHORITY = new TestCertificates();

  @TempDir private Path folder;

  private final Map<String, String> files = new HashMap<>();

  @BeforeEach
  void writeFiles() throws IOException {
    TestCertificates.Pair pair = AUTHORITY.writeServer(folder);
    files.put("none", "");
    files.put("missing", folder.resolve("missing").toString());
    files.put("certificate", pair.certificate().toString());
    files.put("key", pair.key().toString());
    files.put("ca", AUTHORITY.writeTo(folder).toString());
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    files.put("other key", AUTHORITY.writeServer(elsewhere).key().toString());
    Path rsa = Files.createDirectory(folder.resolve("rsa"));
    files.put("rsa key", AUTHORITY.writeServer(rsa, builder -> builder.rsa2048()).key().toString());
    files.put("prose", Files.writeString(folder.resolve("prose"), "no PEM at all").toString());
    files.put("folder", folder.toString());
  }

  private Environment settings(String certificate, String key, String clients) {
    return Environment.of(
        Map.of(
            "TLS_CERT_FILE",
            files.get(certificate),
            "TLS_KEY_FILE",
            files.get(key),
            "TLS_CLIENT_CA_FILE",
            files.get(clients)));
  }

  @Test
  void isTakenWhereItsPartsFit() throws InvalidSettings {
    assertThat(Settings.read(settings("certificate", "key", "none")).tls())
        .hasValue(
            new TlsSettings(
                Path.of(files.get("certificate")), Path.of(files.get("key")), Optional.empty()));
    assertThat(Settings.read(settings("certificate", "key", "ca")).tls().orElseThrow().files())
        .hasSize(3);
    assertThat(Settings.read(settings("none", "none", "none")).tls()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          certificate | none      | none  | TLS_KEY_FILE is not set: TLS requires a certificate and its private key
          none        | key       | none  | TLS_CERT_FILE is not set: TLS requires a certificate and its private key
          none        | none      | ca    | TLS_CERT_FILE is not set: TLS requires a certificate and its private key
          missing     | key       | none  | TLS_CERT_FILE names a file that cannot be read: *
          certificate | folder    | none  | TLS_KEY_FILE names a file that cannot be read: *
          prose       | key       | none  | TLS_CERT_FILE contains no readable PEM certificate
          key         | key       | none  | TLS_CERT_FILE contains no readable PEM certificate
          certificate | prose     | none  | TLS_KEY_FILE contains no unencrypted PEM private key
          certificate | ca        | none  | TLS_KEY_FILE contains no unencrypted PEM private key
          certificate | other key | none  | TLS_KEY_FILE does not match the first certificate in TLS_CERT_FILE
          certificate | rsa key   | none  | TLS_KEY_FILE does not match the first certificate in TLS_CERT_FILE
          certificate | key       | prose | TLS_CLIENT_CA_FILE contains no readable PEM certificate
          """)
  void isRefusedWhereTheyDoNot(String certificate, String key, String clients, String problem) {
    InvalidSettings refusal =
        catchThrowableOfType(
            InvalidSettings.class, () -> Settings.read(settings(certificate, key, clients)));

    assertThat(refusal.problems())
        .extracting(Problem::toString)
        .singleElement()
        .asString()
        .startsWith(problem.replace("*", ""));
  }
}
