package io.donna.gateway.auth;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.TokenRules;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the verification of a token on the event loop, from its text to its user. In the
 * verifier's package for access.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // initialized by JMH
public class TokenVerifierBenchmark {
  /** The algorithm that signs the token. */
  public enum Signer {
    HS256,
    RS256,
    ES256,
    EdDSA;

    private KeyPair keys() throws GeneralSecurityException {
      KeyPairGenerator generator =
          KeyPairGenerator.getInstance(
              switch (this) {
                case HS256, RS256 -> "RSA";
                case ES256 -> "EC";
                case EdDSA -> "Ed25519";
              });
      if (this == ES256) {
        generator.initialize(new ECGenParameterSpec("secp256r1"));
      }
      return generator.generateKeyPair();
    }

    private VerificationKey verifiesBy(KeyPair keys) {
      Optional<JWK> key =
          switch (keys.getPublic()) {
            case RSAPublicKey rsa -> Optional.of(new RSAKey.Builder(rsa).keyID("k1").build());
            case ECPublicKey ec ->
                Optional.of(new ECKey.Builder(Curve.P_256, ec).keyID("k1").build());
            default -> {
              byte[] spki = keys.getPublic().getEncoded();
              Base64URL raw =
                  Base64URL.encode(Arrays.copyOfRange(spki, spki.length - 32, spki.length));
              yield Optional.of(new OctetKeyPair.Builder(Curve.Ed25519, raw).keyID("k1").build());
            }
          };
      return this == HS256
          ? VerificationKey.ofSecret(new Secret(SECRET))
          : key.flatMap(jwk -> VerificationKey.of(jwk, Optional.empty())).orElseThrow();
    }

    private byte[] sign(KeyPair keys, byte[] input) throws GeneralSecurityException {
      if (this == HS256) {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HMAC"));
        return mac.doFinal(input);
      }
      Signature signature =
          Signature.getInstance(
              switch (this) {
                case HS256, RS256 -> "SHA256withRSA";
                case ES256 -> "SHA256withECDSAinP1363Format";
                case EdDSA -> "Ed25519";
              });
      signature.initSign(keys.getPrivate());
      signature.update(input);
      return signature.sign();
    }
  }

  private static final String SECRET = "a secret of the benchmarks that is long enough for HS256";

  /** Claims as identity providers issue them, including those that few providers omit. */
  private static final String CLAIMS =
      "{\"iss\":\"https://idp.example.com/\",\"aud\":[\"donna\",\"https://api.example.com\"],"
          + "\"sub\":\"auth0|6571b8f0c0ffee0012345678\",\"iat\":1764000000,\"exp\":9999999999,"
          + "\"jti\":\"7f3a1c52-9d1e-4c3b-8f60-0a1b2c3d4e5f\",\"azp\":\"q1w2e3r4t5y6\","
          + "\"scope\":\"openid profile email\",\"email\":\"ann@example.com\","
          + "\"donna\":{\"tier\":\"gold\",\"limits\":{\"sessions\":2}}}";

  @Param private Signer signer;

  private String token;
  private TokenVerifier verifier;

  @Setup
  public void prepare() throws GeneralSecurityException {
    KeyPair keys = signer.keys();
    String input =
        encode("{\"alg\":\"" + signer + "\",\"typ\":\"JWT\",\"kid\":\"k1\"}")
            + "."
            + encode(CLAIMS);
    byte[] signature = signer.sign(keys, input.getBytes(StandardCharsets.US_ASCII));
    token = input + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
    verifier =
        new TokenVerifier(
            new KeySet(List.of(signer.verifiesBy(keys))),
            Optional.empty(),
            TokenRules.USUAL,
            new Revocations(),
            new LateChecks(),
            Clock.systemUTC());
  }

  private static String encode(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  @Benchmark
  public Verified verify() {
    return (Verified) verifier.verify(token);
  }
}
