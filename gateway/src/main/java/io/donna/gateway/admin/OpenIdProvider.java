package io.donna.gateway.admin;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.claims.AuthorizedParty;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderConfigurationRequest;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.config.SignInSettings;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The identity provider of operators (OpenID Connect Core, 3.1): sends browsers there, and redeems
 * the code that they come back with. Loaded with the first sign-in. Blocks for seconds; safe from
 * any thread.
 */
final class OpenIdProvider {
  /** What came of a code. */
  sealed interface Redemption {
    record Identified(Operator operator) implements Redemption {}

    /** The provider vouches for somebody whom it gives no role here. */
    record WithoutRole(String name) implements Redemption {}

    /**
     * The code, or the ID token that it was redeemed for, is not valid.
     *
     * @param why for the log, never with a code or token
     */
    record Rejected(String why) implements Redemption {}
  }

  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Duration METADATA_AGE = Duration.ofHours(1);
  private static final int LONGEST_NAME = 128;

  /** Keys that are published cannot be secrets: no HMAC, and never {@code none}. */
  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.ES512);

  private record Discovered(OIDCProviderMetadata metadata, long at) {}

  private final SignInSettings settings;
  private final Issuer issuer;
  private final ClientID client;
  private final ProviderClient http = new ProviderClient(TIMEOUT);
  private volatile @Nullable Discovered discovered;

  OpenIdProvider(SignInSettings settings) {
    this.settings = settings;
    this.issuer = new Issuer(settings.issuer().toString());
    this.client = new ClientID(settings.clientId());
  }

  /** The provider's metadata, an hour old at most. */
  private OIDCProviderMetadata metadata() throws IOException {
    Discovered known = discovered;
    long now = System.nanoTime();
    if (known != null && now - known.at <= METADATA_AGE.toNanos()) {
      return known.metadata;
    }
    OIDCProviderMetadata found = discover();
    discovered = new Discovered(found, now);
    return found;
  }

  /**
   * Fetches the metadata.
   *
   * @throws IOException when it cannot be fetched or used; the message says why
   */
  OIDCProviderMetadata discover() throws IOException {
    try {
      HTTPResponse answer = new OIDCProviderConfigurationRequest(issuer).toHTTPRequest().send(http);
      answer.ensureStatusCode(HTTPResponse.SC_OK);
      OIDCProviderMetadata found = OIDCProviderMetadata.parse(answer.getBodyAsJSONObject());
      // Otherwise one provider could speak for another (OpenID Connect Discovery 1.0, 4.3).
      if (!issuer.equals(found.getIssuer())) {
        throw new IOException("the provider's metadata names another issuer");
      }
      requireSecure(found.getAuthorizationEndpointURI());
      requireSecure(found.getTokenEndpointURI());
      requireSecure(found.getJWKSetURI());
      return found;
    } catch (com.nimbusds.oauth2.sdk.ParseException malformed) {
      throw new IOException(ForeignText.of(String.valueOf(malformed.getMessage())), malformed);
    }
  }

  /** Plain HTTP is for a provider on this machine, whose issuer says so. */
  private void requireSecure(@Nullable URI endpoint) throws IOException {
    boolean plain = "http".equalsIgnoreCase(settings.issuer().getScheme());
    if (endpoint == null
        || endpoint.getScheme() == null
        || !(endpoint.getScheme().equalsIgnoreCase("https")
            || (plain && endpoint.getScheme().equalsIgnoreCase("http")))) {
      throw new IOException("the provider's metadata lacks an https:// endpoint");
    }
  }

  /**
   * Where the browser goes to authenticate.
   *
   * @param callback where it comes back to
   */
  URI authenticationUri(SignInTransaction transaction, URI callback) throws IOException {
    return new AuthenticationRequest.Builder(
            ResponseType.CODE, new Scope("openid", "email"), client, callback)
        .endpointURI(metadata().getAuthorizationEndpointURI())
        .state(new State(transaction.state()))
        .nonce(new Nonce(transaction.nonce()))
        .codeChallenge(new CodeVerifier(transaction.verifier()), CodeChallengeMethod.S256)
        .build()
        .toURI();
  }

  /** Redeems the code of a transaction, whose state has been checked. */
  Redemption redeem(String code, SignInTransaction transaction, URI callback) throws IOException {
    OIDCProviderMetadata metadata = metadata();
    AuthorizationCodeGrant grant =
        new AuthorizationCodeGrant(
            new AuthorizationCode(code), callback, new CodeVerifier(transaction.verifier()));
    Optional<ClientAuthentication> authentication = authentication(metadata);
    URI endpoint = metadata.getTokenEndpointURI();
    HTTPRequest request =
        (authentication.isPresent()
                ? new TokenRequest.Builder(endpoint, authentication.get(), grant)
                : new TokenRequest.Builder(endpoint, client, grant))
            .build()
            .toHTTPRequest();
    try {
      TokenResponse response = OIDCTokenResponseParser.parse(request.send(http));
      if (!response.indicatesSuccess()) {
        ErrorObject error = response.toErrorResponse().getErrorObject();
        return new Redemption.Rejected(
            "the provider refuses the code: " + ForeignText.of(String.valueOf(error.getCode())));
      }
      JWT token = ((OIDCTokenResponse) response.toSuccessResponse()).getOIDCTokens().getIDToken();
      return identify(token, transaction, metadata);
    } catch (com.nimbusds.oauth2.sdk.ParseException malformed) {
      return new Redemption.Rejected("the provider's answer is no OpenID token response");
    }
  }

  /** As the provider supports it: basic, unless it takes only the secret in the body. */
  private Optional<ClientAuthentication> authentication(OIDCProviderMetadata metadata) {
    @Nullable List<ClientAuthenticationMethod> methods = metadata.getTokenEndpointAuthMethods();
    boolean post =
        methods != null
            && !methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
            && methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_POST);
    return settings
        .clientSecret()
        .map(secret -> new com.nimbusds.oauth2.sdk.auth.Secret(secret.value()))
        .map(secret ->
            post ? new ClientSecretPost(client, secret) : new ClientSecretBasic(client, secret));
  }

  private Redemption identify(
      JWT token, SignInTransaction transaction, OIDCProviderMetadata metadata) throws IOException {
    if (!(token instanceof SignedJWT signed)
        || !ALGORITHMS.contains(signed.getHeader().getAlgorithm())) {
      return new Redemption.Rejected("the ID token is not signed with a public key");
    }
    try {
      IDTokenClaimsSet claims =
          new IDTokenValidator(
                  issuer,
                  client,
                  signed.getHeader().getAlgorithm(),
                  metadata.getJWKSetURI().toURL(),
                  http)
              .validate(signed, new Nonce(transaction.nonce()));
      // OpenID Connect Core, 3.1.3.7: a token that another client was given is not for this one.
      boolean others = claims.getAudience().size() > 1;
      @Nullable AuthorizedParty party = claims.getAuthorizedParty();
      if (party == null ? others : !party.getValue().equals(client.getValue())) {
        return new Redemption.Rejected("the ID token was issued to another client");
      }
      String name = name(claims);
      return role(claims)
          .<Redemption>map(role -> new Redemption.Identified(new Operator(name, role)))
          .orElseGet(() -> new Redemption.WithoutRole(name));
    } catch (BadJOSEException | JOSEException invalid) {
      return new Redemption.Rejected(
          "the ID token is invalid: " + ForeignText.of(String.valueOf(invalid.getMessage())));
    }
  }

  /** The address if the provider has verified it, else the subject, which nobody chooses. */
  private static String name(IDTokenClaimsSet claims) {
    boolean verified = Boolean.TRUE.equals(claims.getBooleanClaim("email_verified"));
    @Nullable String email = verified ? claims.getStringClaim("email") : null;
    String name = ForeignText.of(email == null ? claims.getSubject().getValue() : email);
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME);
  }

  /** The highest role that the claim lists; empty if it lists none. */
  private Optional<OperatorRole> role(IDTokenClaimsSet claims) {
    List<String> listed = strings(claim(claims));
    return listed.contains(OperatorRole.OPERATOR.toString())
        ? Optional.of(OperatorRole.OPERATOR)
        : listed.contains(OperatorRole.VIEWER.toString())
            ? Optional.of(OperatorRole.VIEWER)
            : Optional.empty();
  }

  /** The claim of exactly that name, else the one that its dots lead to. */
  private @Nullable Object claim(IDTokenClaimsSet claims) {
    String name = settings.rolesClaim();
    @Nullable Object whole = claims.getClaim(name);
    if (whole != null) {
      return whole;
    }
    @Nullable Object at = claims.toJSONObject();
    for (String part : name.split("\\.", -1)) {
      at = at instanceof Map<?, ?> object ? object.get(part) : null;
    }
    return at;
  }

  private static List<String> strings(@Nullable Object claim) {
    return switch (claim) {
      case Collection<?> several ->
          several.stream().filter(Objects::nonNull).map(Object::toString).toList();
      case String text -> Arrays.asList(text.split("[ ,]+", -1));
      case null, default -> List.of();
    };
  }
}
