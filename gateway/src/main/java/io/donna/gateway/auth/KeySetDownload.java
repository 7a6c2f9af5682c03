package io.donna.gateway.auth;

import io.donna.gateway.audit.FaultWords;
import io.donna.gateway.audit.ForeignText;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.node.ObjectNode;

/**
 * Downloads a key set from the configured source only: does not follow redirects, and never reads a
 * key's location from a token. Blocks for at most a few seconds.
 */
final class KeySetDownload implements RemoteKeySet.Source, AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(4);
  private static final long MAX_BYTES = 512 * 1024;

  private final HttpClient http =
      HttpClient.newBuilder()
          .followRedirects(HttpClient.Redirect.NEVER)
          .connectTimeout(TIMEOUT)
          .build();

  /** The URL of the key set; empty if the issuer's metadata names it. */
  private final Optional<URI> url;

  private final Optional<String> issuer;

  private KeySetDownload(Optional<URI> url, Optional<String> issuer) {
    this.url = url;
    this.issuer = issuer;
  }

  /** The key set at {@code url}, for tokens of any issuer. */
  static KeySetDownload at(URI url) {
    return new KeySetDownload(Optional.of(url), Optional.empty());
  }

  /** The key set of an issuer (OpenID Connect Discovery 1.0, 4), for that issuer's tokens only. */
  static KeySetDownload of(String issuer) {
    return new KeySetDownload(Optional.empty(), Optional.of(issuer));
  }

  @Override
  public KeySet fetch() throws IOException {
    URI from = url.isPresent() ? url.get() : discover(issuer.orElseThrow());
    return KeySet.read(get(from), issuer)
        .filter(keys -> !keys.keys().isEmpty())
        .orElseThrow(() -> new IOException(shown(from) + " has no JWK set with a usable key"));
  }

  private URI discover(String name) throws IOException {
    URI from = URI.create(name.replaceFirst("/$", "") + "/.well-known/openid-configuration");
    ObjectNode configuration =
        StrictJson.document(get(from))
            .orElseThrow(() -> new IOException(shown(from) + " is not an OpenID configuration"));
    // Otherwise one issuer could supply another's keys (OpenID Connect Discovery 1.0, 4.3).
    if (!name.equals(configuration.path("issuer").asString(""))) {
      throw new IOException(shown(from) + " names another issuer than " + name);
    }
    try {
      URI keys = URI.create(configuration.path("jwks_uri").asString(""));
      boolean secure =
          "https".equalsIgnoreCase(keys.getScheme())
              || ("http".equalsIgnoreCase(keys.getScheme()) && name.startsWith("http:"));
      if (secure && keys.getHost() != null) {
        return keys;
      }
    } catch (IllegalArgumentException notAUrl) {
      // Treated as missing.
    }
    throw new IOException(shown(from) + " has no https:// jwks_uri");
  }

  /** Escapes a URL for an error, as a provider may choose the address of its keys. */
  private static String shown(URI from) {
    return ForeignText.of(from.toString());
  }

  private byte[] get(URI from) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(from)
            .timeout(TIMEOUT)
            .header("Accept", "application/json")
            .header("User-Agent", "donna-gateway")
            .build();
    CompletableFuture<HttpResponse<byte[]>> answer =
        http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
    try {
      // The request's own timeout covers the head only; this one covers a slow body.
      HttpResponse<byte[]> response = answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      if (response.statusCode() != 200) {
        throw new IOException(shown(from) + " answers " + response.statusCode());
      }
      return response.body();
    } catch (TimeoutException slow) {
      answer.cancel(true);
      throw new IOException(
          shown(from) + " does not answer within " + TIMEOUT.toSeconds() + " s", slow);
    } catch (ExecutionException failed) {
      throw new IOException(
          shown(from) + " cannot be fetched: " + ForeignText.of(FaultWords.of(failed)), failed);
    } catch (InterruptedException stopping) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopping);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
