package io.donna.gateway.audit;

import java.io.FileNotFoundException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Describes why a connection or a file failed, for operators: without exception class names. Text
 * that a fault quotes is still foreign and must be escaped.
 */
public final class FaultWords {
  /** The most causes that are examined. */
  private static final int MOST_CAUSES = 8;

  private static final Pattern CLASS_NAMES =
      Pattern.compile("\\b(?:[a-z][a-z0-9_]*\\.)+[A-Z][\\w$]*:?\\s*");

  private FaultWords() {}

  /** A description without a full stop; the gateway's own words begin with a lower-case letter. */
  public static String of(Throwable fault) {
    return causes(fault)
        .flatMap(cause -> known(cause).stream())
        .findFirst()
        .or(() -> causes(fault).flatMap(cause -> message(cause).stream()).findFirst())
        .orElse("no reason given");
  }

  private static Stream<Throwable> causes(Throwable fault) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable at = fault; at != null && causes.size() < MOST_CAUSES; at = at.getCause()) {
      causes.add(at);
    }
    return causes.stream();
  }

  private static Optional<String> known(Throwable fault) {
    return Optional.ofNullable(
        switch (fault) {
          case CertPathBuilderException _ -> "its certificate is not signed by a trusted authority";
          case CertificateExpiredException _ -> "its certificate has expired";
          case CertificateNotYetValidException _ -> "its certificate is not valid yet";
          case UnknownHostException _, UnresolvedAddressException _ -> "unknown host";
          case NoRouteToHostException _ -> "no route to host";
          case HttpTimeoutException _ -> "no answer in time";
          case NoSuchFileException missing -> "file " + missing.getFile() + " does not exist";
          case FileNotFoundException missing -> "file " + missing.getMessage() + " does not exist";
          case AccessDeniedException denied -> "access to " + denied.getFile() + " is denied";
          case ClosedChannelException _ -> "the connection was closed";
          case StackOverflowError _ -> "nested too deeply";
          case OutOfMemoryError _ -> "out of memory";
          default -> ofMessage(fault);
        });
  }

  /** Recognises faults that systems and TLS libraries report in the message only. */
  private static @Nullable String ofMessage(Throwable fault) {
    String message = String.valueOf(fault.getMessage()).toLowerCase(Locale.ROOT);
    if (message.contains("connection refused")) {
      return "connection refused: nothing listens there";
    }
    if (message.contains("timed out")) {
      return "no answer in time";
    }
    if (message.contains("connection reset") || message.contains("broken pipe")) {
      return "the connection was reset";
    }
    if (message.contains("no subject alternative") || message.contains("no name matching")) {
      return "its certificate is for another host";
    }
    if (message.contains("not an ssl/tls record")
        || message.contains("unsupported or unrecognized")) {
      return "the server does not speak TLS";
    }
    return fault instanceof ConnectException ? "no connection" : null;
  }

  /** The exception's own message, if it is more than a class name. */
  private static Optional<String> message(Throwable fault) {
    return Optional.ofNullable(fault.getMessage())
        .map(message -> CLASS_NAMES.matcher(message).replaceAll("").strip())
        .filter(words -> !words.isEmpty());
  }
}
