package io.donna.gateway.admin;

import com.nimbusds.common.contenttype.ContentType;
import com.nimbusds.jose.util.Resource;
import com.nimbusds.jose.util.ResourceRetriever;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.http.HTTPRequestSender;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPRequest;
import com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPResponse;
import io.donna.gateway.audit.FaultWords;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Requests to the identity provider, in place of the SDK's own: each ends within {@code limit}
 * however slowly the provider answers, takes no more than {@value #MOST_BYTES} bytes of it and
 * follows no redirect. No more than {@value #MOST_AT_ONCE} run at once, as anybody who reaches the
 * admin port can cause them. Safe from any thread.
 */
final class ProviderClient implements HTTPRequestSender, ResourceRetriever {
  static final int MOST_AT_ONCE = 16;
  static final int MOST_BYTES = 512 * 1024;

  private final Duration limit;
  private final Semaphore places = new Semaphore(MOST_AT_ONCE);

  /**
   * @param limit the time for a whole request
   */
  ProviderClient(Duration limit) {
    this.limit = limit;
  }

  @Override
  public ReadOnlyHTTPResponse send(ReadOnlyHTTPRequest request) throws IOException {
    String body = request.getBody();
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(request.getURI())
            .method(
                request.getMethod().name(),
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    request
        .getHeaderMap()
        .forEach((name, values) -> values.forEach(value -> builder.header(name, value)));
    HttpResponse<byte[]> answer = send(builder);
    HTTPResponse response = new HTTPResponse(answer.statusCode());
    Optional<String> type = contentType(answer);
    try {
      if (type.isPresent()) {
        response.setContentType(type.get());
      }
    } catch (ParseException malformed) {
      throw new IOException("the provider's Content-Type is malformed", malformed);
    }
    response.setBody(new String(answer.body(), StandardCharsets.UTF_8));
    return response;
  }

  @Override
  public Resource retrieveResource(URL url) throws IOException {
    HttpResponse<byte[]> answer = send(HttpRequest.newBuilder(URI.create(url.toString())));
    if (answer.statusCode() != 200) {
      throw new IOException("the provider's key set answers " + answer.statusCode());
    }
    return new Resource(
        new String(answer.body(), StandardCharsets.UTF_8),
        contentType(answer).orElse(ContentType.APPLICATION_JSON.toString()));
  }

  private static Optional<String> contentType(HttpResponse<byte[]> answer) {
    return answer.headers().firstValue("Content-Type");
  }

  private HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException {
    if (!places.tryAcquire()) {
      throw new IOException("too many sign-ins at once");
    }
    // Made for each: sign-ins are rare, and an idle client has a thread.
    HttpClient http =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(limit)
            .build();
    try {
      return await(
          http.sendAsync(
              request.header("User-Agent", "donna-gateway").build(),
              BodyHandlers.limiting(BodyHandlers.ofByteArray(), MOST_BYTES)));
    } finally {
      http.shutdownNow();
      places.release();
    }
  }

  private HttpResponse<byte[]> await(CompletableFuture<HttpResponse<byte[]>> answer)
      throws IOException {
    try {
      // A request's own timeout ends with the head of the answer.
      return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException slow) {
      throw new IOException("no answer within " + limit.toSeconds() + " s", slow);
    } catch (ExecutionException failed) {
      throw new IOException(FaultWords.of(failed), failed);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopping);
    }
  }
}
