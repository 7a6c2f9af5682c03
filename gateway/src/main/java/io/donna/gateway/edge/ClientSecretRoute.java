package io.donna.gateway.edge;

import io.donna.gateway.admission.ClientAddress;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.auth.ClientSecretRequest;
import io.donna.gateway.auth.ClientSecretRequest.Asked;
import io.donna.gateway.auth.ClientSecretRequest.Malformed;
import io.donna.gateway.auth.ClientSecrets.Minted;
import io.donna.gateway.auth.User;
import io.donna.gateway.auth.Verification.Awaited;
import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Unavailable;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.edge.TokenExtractor.Finding;
import io.donna.gateway.policy.Preview;
import io.donna.gateway.policy.Refusal;
import io.donna.gateway.realtime.EventId;
import io.donna.gateway.session.InspectorFactory;
import io.donna.gateway.session.Services;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers {@code POST /v1/realtime/client_secrets} as the upstream does, with the gateway's own
 * secrets: a secret of the upstream would let its holder bypass the gateway. Safe from any thread.
 */
final class ClientSecretRoute {
  static final List<String> PATHS =
      List.of("/v1/realtime/client_secrets", "/openai/v1/realtime/client_secrets");

  /** Fetching a key set takes less, and every SDK retries by itself. */
  private static final int RETRY_SECONDS = 1;

  private final Services services;
  private final InspectorFactory inspectors;

  ClientSecretRoute(Services services, InspectorFactory inspectors) {
    this.services = services;
    this.inspectors = inspectors;
  }

  HttpAnswer answer(Request request, ClientAddress client, Finding credential) {
    if (services.verifier().isEmpty()) {
      return HttpAnswer.ofApi(
          HttpResponseStatus.NOT_FOUND,
          Optional.of("authentication_not_configured"),
          "Client secrets are for users, and this gateway authenticates none.",
          Optional.empty());
    }
    if (!(credential instanceof Finding.Token(String token))) {
      log(request, client, "no token");
      return unauthorized("Missing bearer authentication in header.");
    }
    return switch (services.verifier().get().verify(token)) {
      case Verified verified -> mint(request, client, verified.user());
      case Rejected(String error) -> {
        log(request, client, error);
        yield unauthorized(
            "Incorrect API key provided. The API key of this gateway is your access token.");
      }
      case Unavailable _, Awaited _ ->
          HttpAnswer.ofApi(
                  HttpResponseStatus.SERVICE_UNAVAILABLE,
                  Optional.of("authentication_unavailable"),
                  "Tokens cannot be verified at the moment. Try again in a second.",
                  Optional.empty())
              .with("Retry-After", RETRY_SECONDS);
    };
  }

  private HttpAnswer mint(Request request, ClientAddress client, User user) {
    return switch (ClientSecretRequest.read(request.body())) {
      case Malformed(String why, Optional<String> parameter) ->
          HttpAnswer.ofApi(
              HttpResponseStatus.BAD_REQUEST, Optional.of("invalid_value"), why, parameter);
      case Asked(var timeToLive, ObjectNode session) ->
          switch (inspectors.preview(user, withModelsName(session))) {
            case Preview.Refused(Refusal why) ->
                HttpAnswer.ofApi(
                    why.isForbidding()
                        ? HttpResponseStatus.FORBIDDEN
                        : HttpResponseStatus.BAD_REQUEST,
                    Optional.of(why.code()),
                    why.message(),
                    Optional.of("session"));
            case Preview.Granted(ObjectNode asked, ObjectNode shown) -> {
              Minted minted = services.clientSecrets().mint(user, timeToLive, asked);
              services
                  .log()
                  .record(new SecurityEvent.ClientSecretCreated(client.masked(), user.id()));
              yield HttpAnswer.ok(
                  HttpAnswer.json()
                      .put("value", minted.value())
                      .put("expires_at", minted.expiry().getEpochSecond())
                      .set("session", effective(shown)));
            }
          };
    };
  }

  /** Resolves the model's alias, as a policy refers to models by their own names. */
  private ObjectNode withModelsName(ObjectNode session) {
    if (session.path("model").isString()) {
      session.put("model", services.modelAliases().resolve(session.path("model").asString()));
    }
    return session;
  }

  /** The session as far as it is known before the upstream is opened. */
  private static ObjectNode effective(ObjectNode shown) {
    ObjectNode session = HttpAnswer.json();
    session
        .put("type", "realtime")
        .put("object", "realtime.session")
        .put("id", EventId.next("sess_"));
    session.setAll(shown);
    return session.put("expires_at", 0);
  }

  private void log(Request request, ClientAddress client, String error) {
    services.log().record(new SecurityEvent.HttpAuthFailed(client.masked(), request.path(), error));
  }

  private static HttpAnswer unauthorized(String message) {
    return HttpAnswer.ofApi(
            HttpResponseStatus.UNAUTHORIZED,
            Optional.of("invalid_api_key"),
            message,
            Optional.empty())
        .with("WWW-Authenticate", "Bearer");
  }
}
