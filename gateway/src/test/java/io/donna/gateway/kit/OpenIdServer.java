package io.donna.gateway.kit;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * An OpenID provider of the tests' own: issues codes for whoever asks, and redeems each once, for
 * the client, the address and the PKCE verifier that it was issued for.
 */
public final class OpenIdServer implements AutoCloseable {
  public static final String CLIENT = "donna-admin";
  public static final String CLIENT_SECRET = "a secret & of the client's";

  private record Request(String challenge, String callback, String nonce) {}

  private final HttpServer server;
  private final RSAKey key;
  private final Map<String, Request> codes = new ConcurrentHashMap<>();
  private volatile UnaryOperator<JWTClaimsSet.Builder> claims = builder -> builder;
  private volatile boolean signsWithHmac;

  private OpenIdServer(HttpServer server) throws JOSEException {
    this.server = server;
    this.key = new RSAKeyGenerator(2048).keyID("k1").generate();
    server.createContext("/", this::answer);
    server.start();
  }

  public static OpenIdServer start() {
    try {
      return new OpenIdServer(
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  public String issuer() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** From now on changes the claims of ID tokens so. */
  public OpenIdServer claims(UnaryOperator<JWTClaimsSet.Builder> change) {
    claims = change;
    return this;
  }

  /** From now on signs ID tokens with the published key as an HMAC secret. */
  public OpenIdServer signsWithHmac() {
    signsWithHmac = true;
    return this;
  }

  /**
   * The user authenticates at {@code location}: the parameters with which the browser comes back.
   */
  public String authorize(String location) {
    Map<String, List<String>> query = new QueryStringDecoder(URI.create(location)).parameters();
    if (!one(query, "response_type").equals("code")
        || !one(query, "client_id").equals(CLIENT)
        || !one(query, "code_challenge_method").equals("S256")
        || !one(query, "scope").contains("openid")) {
      throw new AssertionError(location);
    }
    String code = UUID.randomUUID().toString();
    codes.put(
        code,
        new Request(one(query, "code_challenge"), one(query, "redirect_uri"), one(query, "nonce")));
    return "code=" + code + "&state=" + one(query, "state");
  }

  /** The value of a parameter that must be there once. */
  private static String one(Map<String, List<String>> query, String name) {
    List<String> values = query.getOrDefault(name, List.of());
    if (values.size() != 1) {
      throw new AssertionError(name + " in " + query);
    }
    return values.getFirst();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      switch (exchange.getRequestURI().getPath()) {
        case "/.well-known/openid-configuration" -> send(exchange, 200, configuration());
        case "/authorize" -> redirect(exchange);
        case "/keys" -> send(exchange, 200, new JWKSet(key.toPublicJWK()).toString());
        case "/token" -> redeem(exchange);
        default -> send(exchange, 404, "{}");
      }
    }
  }

  /** To a browser: as whoever the claims say, without asking. */
  private void redirect(HttpExchange exchange) throws IOException {
    String location = exchange.getRequestURI().toString();
    String callback = one(new QueryStringDecoder(location).parameters(), "redirect_uri");
    exchange.getResponseHeaders().set("Location", callback + "?" + authorize(location));
    exchange.sendResponseHeaders(302, -1);
  }

  private static void send(HttpExchange exchange, int status, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  private String configuration() {
    return JsonMapper.shared()
        .writeValueAsString(
            Map.of(
                "issuer", issuer(),
                "authorization_endpoint", issuer() + "/authorize",
                "token_endpoint", issuer() + "/token",
                "jwks_uri", issuer() + "/keys",
                "response_types_supported", List.of("code"),
                "subject_types_supported", List.of("public"),
                "id_token_signing_alg_values_supported", List.of("RS256")));
  }

  private void redeem(HttpExchange exchange) throws IOException {
    String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    Map<String, List<String>> query = new QueryStringDecoder("?" + form).parameters();
    @Nullable Request request = codes.remove(one(query, "code"));
    String basic =
        Base64.getEncoder()
            .encodeToString(
                (CLIENT + ":a+secret+%26+of+the+client%27s").getBytes(StandardCharsets.UTF_8));
    boolean valid =
        request != null
            && request.callback.equals(one(query, "redirect_uri"))
            && request.challenge.equals(s256(one(query, "code_verifier")))
            && ("Basic " + basic).equals(exchange.getRequestHeaders().getFirst("Authorization"));
    if (request == null || !valid) {
      send(exchange, 400, "{\"error\":\"invalid_grant\"}");
      return;
    }
    send(
        exchange,
        200,
        JsonMapper.shared()
            .writeValueAsString(
                Map.of(
                    "access_token", "unused",
                    "token_type", "Bearer",
                    "id_token", token(request.nonce))));
  }

  private String token(String nonce) {
    try {
      Instant now = Instant.now();
      JWTClaimsSet.Builder builder =
          new JWTClaimsSet.Builder()
              .issuer(issuer())
              .audience(CLIENT)
              .subject("u-1")
              .claim("email", "ann@example.com")
              .claim("email_verified", true)
              .claim("roles", List.of("operator"))
              .claim("nonce", nonce)
              .issueTime(Date.from(now))
              .expirationTime(Date.from(now.plusSeconds(300)));
      JWSAlgorithm algorithm = signsWithHmac ? JWSAlgorithm.HS256 : JWSAlgorithm.RS256;
      SignedJWT token =
          new SignedJWT(
              new JWSHeader.Builder(algorithm).keyID("k1").build(), claims.apply(builder).build());
      token.sign(
          signsWithHmac ? new MACSigner(key.toRSAPublicKey().getEncoded()) : new RSASSASigner(key));
      return token.serialize();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static String s256(String verifier) {
    try {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(
              MessageDigest.getInstance("SHA-256")
                  .digest(verifier.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
