package io.donna.gateway.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.security.cert.CertPathBuilderException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Who runs a gateway is told what is wrong, and not which class noticed it. */
class FaultWordsTest {
  static List<Arguments> faults() {
    return List.of(
        Arguments.of(
            new ConnectException("finishConnect(..) failed: Connection refused: /127.0.0.1:1"),
            "connection refused: nothing listens there"),
        Arguments.of(new ConnectException(), "no connection"),
        Arguments.of(
            new ExecutionException(new UnknownHostException("none.example")), "unknown host"),
        Arguments.of(new HttpConnectTimeoutException("x"), "no answer in time"),
        Arguments.of(
            new IOException("recvAddress(..) failed: Connection reset by peer"),
            "the connection was reset"),
        Arguments.of(new ClosedChannelException(), "the connection was closed"),
        Arguments.of(
            new SSLHandshakeException(
                "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException:"
                    + " unable to find valid certification path",
                new CertPathBuilderException("unable to find valid certification path")),
            "its certificate is not signed by a trusted authority"),
        Arguments.of(
            new SSLHandshakeException("No subject alternative DNS name matching a.example found."),
            "its certificate is for another host"),
        Arguments.of(new NoSuchFileException("/var/usage"), "file /var/usage does not exist"),
        Arguments.of(
            new FileSystemException("/var/usage", null, "No space left on device"),
            "/var/usage: No space left on device"),
        Arguments.of(
            new ExecutionException(new IOException("java.io.EOFException: EOF reached")),
            "EOF reached"),
        Arguments.of(new IOException(new IOException()), "no reason given"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void saysItWithoutJavasNames(Throwable fault, String words) {
    assertThat(FaultWords.of(fault)).isEqualTo(words);
  }

  @Test
  void endsWhereFaultsAreEachOthersCause() {
    IOException one = new IOException("one");
    one.initCause(new IOException("other", one));

    assertThat(FaultWords.of(one)).isEqualTo("one");
  }
}
