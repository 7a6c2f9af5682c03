package io.donna.gateway.edge;

import io.donna.gateway.admission.ClientAddress;
import io.donna.gateway.audit.MaskedAddress;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.auth.ClientSecretRequest;
import io.donna.gateway.auth.ClientSecretRequest.Asked;
import io.donna.gateway.auth.ClientSecretRequest.Malformed;
import io.donna.gateway.auth.ClientSecrets.Minted;
import io.donna.gateway.auth.TokenVerifier;
import io.donna.gateway.auth.User;
import io.donna.gateway.auth.Verification.Awaited;
import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Unavailable;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.config.Api;
import io.donna.gateway.edge.ClientSecretRoute.Outcome.Created;
import io.donna.gateway.edge.ClientSecretRoute.Outcome.Refused;
import io.donna.gateway.edge.ClientSecretRoute.Outcome.Unauthorized;
import io.donna.gateway.edge.ClientSecretRoute.Outcome.Unverified;
import io.donna.gateway.edge.TokenExtractor.Finding;
import io.donna.gateway.event.EventId;
import io.donna.gateway.policy.PolicyRefusal;
import io.donna.gateway.policy.Preview;
import io.donna.gateway.session.InspectorFactory;
import io.donna.gateway.session.RefusedApi;
import io.donna.gateway.session.Services;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.ByteBuffer;
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

  /** How a request ended. Each has its line in the security log, so no token is tested unseen. */
  sealed interface Outcome {
    record Unauthorized(String error, String message) implements Outcome {}

    record Unverified(String error) implements Outcome {}

    record Refused(User user, PolicyRefusal why, Optional<String> parameter) implements Outcome {}

    record Created(User user, Minted secret, ObjectNode session) implements Outcome {}
  }

  HttpAnswer answer(Request request, ClientAddress client, Finding credential) {
    if (services.verifier().isEmpty()) {
      return HttpAnswer.ofApi(
          HttpResponseStatus.NOT_FOUND,
          Optional.of("authentication_not_configured"),
          "Client secrets are for users, and this gateway authenticates none.",
          Optional.empty());
    }
    Outcome outcome = outcome(services.verifier().get(), request, credential);
    services.log().record(event(outcome, client.masked(), request.path()));
    return answer(outcome);
  }

  private Outcome outcome(TokenVerifier verifier, Request request, Finding credential) {
    if (!(credential instanceof Finding.Token(String token))) {
      return new Unauthorized("no token", "Missing bearer authentication in header.");
    }
    return switch (verifier.verify(token)) {
      case Verified verified -> mint(verified.user(), request.body());
      case Rejected(String error) ->
          new Unauthorized(
              error,
              "Incorrect API key provided. The API key of this gateway is your access token.");
      case Unavailable(String error) -> new Unverified(error);
      case Awaited _ -> new Unverified("not verified at once");
    };
  }

  private Outcome mint(User user, ByteBuffer body) {
    return switch (ClientSecretRequest.read(body)) {
      case Malformed(String why, Optional<String> parameter) ->
          new Refused(user, new PolicyRefusal("invalid_value", why), parameter);
      case Asked(Api api, var _, var _) when !services.apis().contains(api) -> {
        RefusedApi why = RefusedApi.notServed(api);
        yield new Refused(
            user, new PolicyRefusal(why.code(), why.message()), Optional.of("session.type"));
      }
      case Asked(Api api, var timeToLive, ObjectNode session) ->
          switch (inspectors.preview(user, api, withModelsName(session))) {
            case Preview.Refused(PolicyRefusal why) ->
                new Refused(user, why, Optional.of("session"));
            case Preview.Granted(ObjectNode asked, ObjectNode shown) ->
                new Created(user, services.clientSecrets().mint(user, timeToLive, asked), shown);
          };
    };
  }

  private static SecurityEvent event(Outcome outcome, MaskedAddress ip, String path) {
    return switch (outcome) {
      case Unauthorized(String error, var _) -> new SecurityEvent.HttpAuthFailed(ip, path, error);
      case Unverified(String error) -> new SecurityEvent.HttpAuthUnavailable(ip, path, error);
      case Refused(User user, PolicyRefusal why, var _) ->
          new SecurityEvent.ClientSecretRefused(ip, user.id(), why.code());
      case Created(User user, var _, var _) -> new SecurityEvent.ClientSecretCreated(ip, user.id());
    };
  }

  private static HttpAnswer answer(Outcome outcome) {
    return switch (outcome) {
      case Unauthorized(var _, String message) ->
          HttpAnswer.ofApi(
                  HttpResponseStatus.UNAUTHORIZED,
                  Optional.of("invalid_api_key"),
                  message,
                  Optional.empty())
              .with("WWW-Authenticate", "Bearer");
      case Unverified _ ->
          HttpAnswer.ofApi(
                  HttpResponseStatus.SERVICE_UNAVAILABLE,
                  Optional.of("authentication_unavailable"),
                  "Tokens cannot be verified at the moment. Try again in a second.",
                  Optional.empty())
              .with("Retry-After", RETRY_SECONDS);
      case Refused(var _, PolicyRefusal why, Optional<String> parameter) ->
          HttpAnswer.ofApi(
              why.isForbidding() ? HttpResponseStatus.FORBIDDEN : HttpResponseStatus.BAD_REQUEST,
              Optional.of(why.code()),
              why.message(),
              parameter);
      case Created(var _, Minted secret, ObjectNode session) ->
          HttpAnswer.ok(
              HttpAnswer.json()
                  .put("value", secret.value())
                  .put("expires_at", secret.expiry().getEpochSecond())
                  .set("session", effective(session)));
    };
  }

  /** Resolves the model's alias, as a policy refers to models by their own names. */
  private ObjectNode withModelsName(ObjectNode session) {
    services.modelAliases().resolveIn(session);
    return session;
  }

  /** The session as far as it is known before the upstream is opened. */
  private static ObjectNode effective(ObjectNode shown) {
    ObjectNode session = HttpAnswer.json();
    boolean transcribes = shown.path("type").asString("").equals(Api.TRANSCRIPTION.key());
    session
        .put("type", "realtime")
        .put("object", transcribes ? "realtime.transcription_session" : "realtime.session")
        .put("id", EventId.next("sess_"));
    session.setAll(shown);
    return session.put("expires_at", 0);
  }
}
