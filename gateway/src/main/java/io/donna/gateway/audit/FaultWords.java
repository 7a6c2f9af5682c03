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
 * Why a connection or a file failed, in words for an operator, who does not read Java: names of
 * exceptions are left out or said otherwise. What a fault quotes of others is still foreign text.
 */
public final class FaultWords {
  /** Exceptions that name others of their kind stand at most so deep in each other. */
  private static final int MOST_CAUSES = 8;

  private static final Pattern CLASS_NAMES =
      Pattern.compile("\\b(?:[a-z][a-z0-9_]*\\.)+[A-Z][\\w$]*:?\\s*");

  private FaultWords() {}

  /** Without a full stop, and beginning with a small letter where the words are ours. */
  public static String of(Throwable fault) {
    return causes(fault)
        .flatMap(cause -> known(cause).stream())
        .findFirst()
        .or(() -> causes(fault).flatMap(cause -> message(cause).stream()).findFirst())
        .orElse("no reason is given");
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
          case CertPathBuilderException _ -> "no trusted authority has signed its certificate";
          case CertificateExpiredException _ -> "its certificate has expired";
          case CertificateNotYetValidException _ -> "its certificate is not valid yet";
          case UnknownHostException _, UnresolvedAddressException _ ->
              "there is no host of that name";
          case NoRouteToHostException _ -> "there is no route to it";
          case HttpTimeoutException _ -> "it does not answer in time";
          case NoSuchFileException missing -> "there is no file " + missing.getFile();
          case FileNotFoundException missing -> "there is no file " + missing.getMessage();
          case AccessDeniedException denied -> "access to " + denied.getFile() + " is denied";
          case ClosedChannelException _ -> "the connection was closed";
          case StackOverflowError _ -> "it is nested too deeply";
          case OutOfMemoryError _ -> "there is too little memory";
          default -> ofMessage(fault);
        });
  }

  /** Systems and TLS libraries say it in a message only. */
  private static @Nullable String ofMessage(Throwable fault) {
    String message = String.valueOf(fault.getMessage()).toLowerCase(Locale.ROOT);
    if (message.contains("connection refused")) {
      return "connection refused: nothing listens there";
    }
    if (message.contains("timed out")) {
      return "it does not answer in time";
    }
    if (message.contains("connection reset") || message.contains("broken pipe")) {
      return "it reset the connection";
    }
    if (message.contains("no subject alternative") || message.contains("no name matching")) {
      return "its certificate is another host's";
    }
    if (message.contains("not an ssl/tls record")
        || message.contains("unsupported or unrecognized")) {
      return "what answers there does not speak TLS";
    }
    return fault instanceof ConnectException ? "no connection" : null;
  }

  /** What it says itself, if that is more than another's name. */
  private static Optional<String> message(Throwable fault) {
    return Optional.ofNullable(fault.getMessage())
        .map(message -> CLASS_NAMES.matcher(message).replaceAll("").strip())
        .filter(words -> !words.isEmpty());
  }
}
