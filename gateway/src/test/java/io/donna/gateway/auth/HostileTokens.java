package io.donna.gateway.auth;

import static io.donna.gateway.auth.TestKeys.ED25519;
import static io.donna.gateway.auth.TestKeys.OTHER_RSA;
import static io.donna.gateway.auth.TestKeys.P256;
import static io.donna.gateway.auth.TestKeys.P384;
import static io.donna.gateway.auth.TestKeys.RSA;
import static io.donna.gateway.auth.TestKeys.encode;
import static io.donna.gateway.auth.TestKeys.hmac;
import static io.donna.gateway.auth.TestKeys.jwk;
import static io.donna.gateway.auth.TestKeys.jwks;
import static io.donna.gateway.auth.TestKeys.pem;
import static io.donna.gateway.auth.TestKeys.sign;
import static io.donna.gateway.auth.TestKeys.signature;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is no token, a line each, against a gateway that verifies by a secret and by public keys
 * (RSA, P-256, Ed25519), wants the issuer {@code idp} and the audience {@code donna}.
 */
public final class HostileTokens {
  public static final String SECRET =
      "the secret of the tests that is long enough for HS512 as well!!";
  public static final String ISSUER = "idp";
  public static final String AUDIENCE = "donna";
  public static final String RSA_ID = "rsa-key";

  private static final long PAST = 1_700_000_000;
  private static final long LATER = 9_999_999_999L;
  private static final String HS256 = "{'alg':'HS256','typ':'JWT'}";
  private static final String ANN = claims("'exp':" + LATER);

  private static final String RS256_INPUT = encode("{'alg':'RS256'}") + "." + encode(ANN);
  private static final String ED25519_INPUT = encode("{'alg':'EdDSA'}") + "." + encode(ANN);

  private final Map<String, String> rows = new LinkedHashMap<>();

  private HostileTokens() {}

  /** Claims that are in order but for what {@code more} says. */
  private static String claims(String more) {
    return "{'sub':'ann','iss':'idp','aud':'donna'" + (more.isEmpty() ? "" : ",") + more + "}";
  }

  /** Tokens in order, one of each key, to show that the rows fail by what is wrong with them. */
  public static Map<String, String> good() {
    Map<String, String> good = new LinkedHashMap<>();
    for (String algorithm : List.of("HS256", "HS384")) {
      good.put(algorithm, sign(algorithm, hmac(SECRET), "{'alg':'" + algorithm + "'}", ANN));
    }
    for (String algorithm : List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")) {
      good.put(
          algorithm,
          sign(algorithm, RSA.getPrivate(), "{'alg':'" + algorithm + "','kid':'rsa-key'}", ANN));
    }
    good.put(
        "RS256, padded by hand", RS256_INPUT + "." + encode(NearlyPadded.right(RSA, RS256_INPUT)));
    good.put("ES256", sign("ES256", P256.getPrivate(), "{'alg':'ES256'}", ANN));
    good.put("EdDSA", sign("EdDSA", ED25519.getPrivate(), "{'alg':'EdDSA'}", ANN));
    good.put("Ed25519", sign("EdDSA", ED25519.getPrivate(), "{'alg':'Ed25519'}", ANN));
    good.put("at+jwt", sign("HS256", hmac(SECRET), "{'alg':'HS256','typ':'at+jwt'}", ANN));
    return good;
  }

  /** Name and token of each. */
  public static Map<String, String> all() {
    HostileTokens tokens = new HostileTokens();
    tokens.unsigned();
    tokens.confusedKeys();
    tokens.headersThatBringKeys();
    tokens.signaturesOfNothing();
    tokens.paddings();
    tokens.otherBytesForTheSame();
    tokens.doubles();
    tokens.times();
    tokens.whoAndForWhom();
    tokens.otherKindsOfToken();
    tokens.noise();
    return tokens.rows;
  }

  private void add(String name, String token) {
    if (rows.put(name, token) != null) {
      throw new AssertionError("two rows are named " + name);
    }
  }

  private static String byHmac(String header, String claims) {
    return sign("HS256", hmac(SECRET), header, claims);
  }

  private void unsigned() {
    for (String none :
        List.of("none", "None", "NONE", "nOnE", "none ", " none", "", "NoNe\\u0000")) {
      String input = encode("{'alg':'" + none + "'}") + "." + encode(ANN) + ".";
      add("alg '" + none + "' without a signature", input);
      add("alg '" + none + "' with a signature of ours", byHmac("{'alg':'" + none + "'}", ANN));
      add("alg '" + none + "' with a byte for a signature", input + "AA");
    }
    add("no alg", byHmac("{'typ':'JWT'}", ANN));
    add("alg null", byHmac("{'alg':null}", ANN));
    add("alg in an array", byHmac("{'alg':['HS256']}", ANN));
    add("alg as a number", byHmac("{'alg':256}", ANN));
    add("HS256 with an empty signature", encode(HS256) + "." + encode(ANN) + ".");
  }

  private void confusedKeys() {
    byte[] spki = RSA.getPublic().getEncoded();
    byte[] modulus = ((RSAPublicKey) RSA.getPublic()).getModulus().toByteArray();
    String pem = pem(RSA);
    Map<String, byte[]> secrets = new LinkedHashMap<>();
    secrets.put("the PEM of the RSA key", pem.getBytes(StandardCharsets.UTF_8));
    secrets.put("the PEM without its last line end", pem.strip().getBytes(StandardCharsets.UTF_8));
    secrets.put("the DER of the RSA key", spki);
    secrets.put("the base64 of the RSA key", Base64.getEncoder().encode(spki));
    secrets.put("the modulus of the RSA key", modulus);
    secrets.put("the JWK of the RSA key", jwk(RSA, RSA_ID).getBytes(StandardCharsets.UTF_8));
    secrets.put("the key set", jwks(jwk(RSA, RSA_ID)).getBytes(StandardCharsets.UTF_8));
    secrets.put("the DER of the P-256 key", P256.getPublic().getEncoded());
    secrets.put("the kid", RSA_ID.getBytes(StandardCharsets.UTF_8));
    secrets.put("a zero byte", new byte[1]);
    secrets.put(
        "the base64 of the secret",
        encode(SECRET.getBytes(StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8));
    secrets.forEach((name, secret) -> {
      add("HS256 signed with " + name, sign("HS256", hmac(secret), HS256, ANN));
      add(
          "HS256 with the RSA kid signed with " + name,
          sign("HS256", hmac(secret), "{'alg':'HS256','kid':'rsa-key'}", ANN));
    });
    add("RS256 signed with the secret", sign("HS256", hmac(SECRET), "{'alg':'RS256'}", ANN));
    add("ES256 signed with the secret", sign("HS256", hmac(SECRET), "{'alg':'ES256'}", ANN));
    add("HS512 signed as HS256", sign("HS256", hmac(SECRET), "{'alg':'HS512'}", ANN));
    add("PS256 signed as RS256", sign("RS256", RSA.getPrivate(), "{'alg':'PS256'}", ANN));
    add("RS256 signed as PS256", sign("PS256", RSA.getPrivate(), "{'alg':'RS256'}", ANN));
    add("RS512 signed as RS256", sign("RS256", RSA.getPrivate(), "{'alg':'RS512'}", ANN));
    add("RS256 by another's key", sign("RS256", OTHER_RSA.getPrivate(), "{'alg':'RS256'}", ANN));
    add(
        "ES384 by a key of ours that is P-256",
        sign("ES256", P256.getPrivate(), "{'alg':'ES384'}", ANN));
    add("ES256 by a P-384 key", sign("ES384", P384.getPrivate(), "{'alg':'ES256'}", ANN));
    add("ES256K", sign("ES256", P256.getPrivate(), "{'alg':'ES256K'}", ANN));
    add("RS1", sign("RS256", RSA.getPrivate(), "{'alg':'RS1'}", ANN));
    add("Ed448", sign("EdDSA", ED25519.getPrivate(), "{'alg':'Ed448'}", ANN));
    add("hs256 in small letters", byHmac("{'alg':'hs256'}", ANN));
    add(
        "RS256 with a kid of none of ours",
        sign("RS256", RSA.getPrivate(), "{'alg':'RS256','kid':'another'}", ANN));
    for (String kid :
        List.of(
            "../../../../../../dev/null",
            "/proc/sys/kernel/randomize_va_space",
            "x' UNION SELECT 'key",
            "https://evil.example/key.pem",
            "| cat /dev/null",
            "k".repeat(4_096))) {
      String header = "{'alg':'HS256','kid':'" + kid.replace("'", "\\u0027") + "'}";
      add(
          "kid " + (kid.length() > 99 ? "of 4 kB" : kid) + " with an empty key's signature",
          sign("HS256", hmac(new byte[1]), header, ANN));
    }
    add("kid as a number", byHmac("{'alg':'HS256','kid':7}", ANN));
    add("kid as an object", byHmac("{'alg':'HS256','kid':{'$ne':''}}", ANN));
  }

  private void headersThatBringKeys() {
    String theirs = jwk(OTHER_RSA, "theirs").replace('"', '\'');
    String certificate = Base64.getEncoder().encodeToString(OTHER_RSA.getPublic().getEncoded());
    for (String brought :
        List.of(
            "'jwk':" + theirs,
            "'jku':'https://evil.example/keys'",
            "'jku':'http://127.0.0.1/keys'",
            "'x5u':'https://evil.example/cert.pem'",
            "'x5c':['" + certificate.substring(0, 40) + "']",
            "'x5t':'AAAA'",
            "'jwk':" + theirs + ",'kid':'rsa-key'",
            "'keys':[" + theirs + "]")) {
      add(
          "RS256 by the key of " + (brought.length() > 60 ? "jwk " + brought.length() : brought),
          sign("RS256", OTHER_RSA.getPrivate(), "{'alg':'RS256'," + brought + "}", ANN));
    }
    add(
        "HS256 by the secret in its jwk",
        sign(
            "HS256",
            hmac("embedded".repeat(8)),
            "{'alg':'HS256','jwk':{'kty':'oct','k':'" + encode("embedded".repeat(8)) + "'}}",
            ANN));
  }

  /** A signature that a broken verifier takes for any message. */
  private void signaturesOfNothing() {
    BigInteger order = ((ECPublicKey) P256.getPublic()).getParams().getOrder();
    byte[] n = Arrays.copyOfRange(order.toByteArray(), 1, 33);
    String input = encode("{'alg':'ES256'}") + "." + encode(ANN);
    add("ES256 with r = s = 0", input + "." + encode(new byte[64]));
    add("ES256 with r = s = n", input + "." + encode(join(n, n)));
    add("ES256 with r = 1, s = n", input + "." + encode(join(number(1), n)));
    add("ES256 with r = 0, s = 1", input + "." + encode(join(number(0), number(1))));
    add("ES256 with r = 1, s = 0", input + "." + encode(join(number(1), number(0))));
    add("ES256 with r = s = 2^256 - 1", input + "." + encode(filled(64, 0xFF)));
    add("ES256 with half a signature", input + "." + encode(new byte[32]));
    add("ES256 with an empty DER sequence", input + "." + encode(new byte[] {0x30, 0}));
    add("ES256 with zeros in DER", input + "." + encode(new byte[] {0x30, 6, 2, 1, 0, 2, 1, 0}));
    add("EdDSA with a signature of zeros", ED25519_INPUT + "." + encode(new byte[64]));
    add(
        "EdDSA with the neutral element",
        ED25519_INPUT + "." + encode(join(number(1).clone(), new byte[32])));
    add("EdDSA with a multiple of the order added", withOrderAdded());
    add("RS256 with a signature of zeros", RS256_INPUT + "." + encode(new byte[256]));
    add("RS256 with a signature of one", RS256_INPUT + "." + encode(filled(1, 1)));
    add("RS256 with a signature above the modulus", RS256_INPUT + "." + encode(filled(256, 0xFF)));
  }

  private void paddings() {
    NearlyPadded.signatures(RSA, RS256_INPUT)
        .forEach((name, signature) ->
            add("RS256 padded " + name, RS256_INPUT + "." + encode(signature)));
  }

  /** RFC 8032, 8.4: who does not look takes two signatures for one. */
  private static String withOrderAdded() {
    byte[] signature = signature("EdDSA", ED25519.getPrivate(), ED25519_INPUT);
    BigInteger order =
        BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
    BigInteger s = new BigInteger(1, reversed(Arrays.copyOfRange(signature, 32, 64)));
    byte[] other = reversed(s.add(order).toByteArray());
    return ED25519_INPUT
        + "."
        + encode(join(Arrays.copyOf(signature, 32), Arrays.copyOf(other, 32)));
  }

  private static byte[] reversed(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }

  private void otherBytesForTheSame() {
    String good = byHmac(HS256, ANN);
    String[] parts = good.split("\\.", -1);
    add("cut by a character", good.substring(0, good.length() - 1));
    add("cut by the signature", parts[0] + "." + parts[1]);
    add("extended by a character", good + "A");
    add("extended by a part", good + ".AAAA");
    add("extended by a dot", good + ".");
    add("with a part twice", parts[0] + "." + parts[0] + "." + parts[1] + "." + parts[2]);
    add("without a header", "." + parts[1] + "." + parts[2]);
    add("without a header and its dot", parts[1] + "." + parts[2]);
    add("without claims", parts[0] + ".." + parts[2]);
    add("without claims and their dot", parts[0] + "." + parts[2]);
    add("of the claims alone", parts[1]);
    add("of the claims between dots", "." + parts[1] + ".");
    add("padded", good + "=");
    add("with spare bits", good.substring(0, good.length() - 1) + spare(good));
    add(
        "with a line break in the signature",
        parts[0] + "." + parts[1] + "." + parts[2].substring(0, 8) + "\n" + parts[2].substring(8));
    add("with a space at the end", good + " ");
    add("with a space in front", " " + good);
    add("with a zero byte", good + "\0");
    add("in the alphabet of plain base64", plain());
    add("with letters of full width", good.replace('a', 'ａ').replace('e', 'ｅ'));
    add("with percent escapes", good.replace(".", "%2E"));
    add(
        "in JSON serialization",
        "{\"protected\":\""
            + parts[0]
            + "\",\"payload\":\""
            + parts[1]
            + "\",\"signature\":\""
            + parts[2]
            + "\"}");
    add("with Bearer in front", "Bearer " + good);
    add(
        "with another payload",
        parts[0] + "." + encode(ANN.replace("ann", "bob")) + "." + parts[2]);
    add("with another header", encode("{'alg':'HS256'}") + "." + parts[1] + "." + parts[2]);
  }

  /** The last character with bits set that no byte has. */
  private static char spare(String token) {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return alphabet.charAt(alphabet.indexOf(token.charAt(token.length() - 1)) | 1);
  }

  /** A good token of which a letter is written as plain base64 does. */
  private static String plain() {
    for (int i = 0; ; i++) {
      String token = byHmac(HS256, claims("'n':" + i));
      String signature = token.substring(token.lastIndexOf('.'));
      if (signature.contains("-") || signature.contains("_")) {
        return token.substring(0, token.lastIndexOf('.'))
            + signature.replace('-', '+').replace('_', '/');
      }
    }
  }

  private void doubles() {
    add("exp twice", byHmac(HS256, claims("'exp':" + PAST + ",'exp':" + LATER)));
    add("sub twice", byHmac(HS256, "{'sub':'ann','iss':'idp','aud':'donna','sub':'bob'}"));
    add("sub twice, once escaped", byHmac(HS256, claims("'s\\u0075b':'bob'")));
    add("aud twice", byHmac(HS256, claims("'aud':'other'")));
    add("alg twice", byHmac("{'alg':'none','alg':'HS256'}", ANN));
    add("kid twice", byHmac("{'alg':'HS256','kid':'a','kid':'b'}", ANN));
    add("a claim inside twice", byHmac(HS256, claims("'x':{'y':1,'y':2}")));
    add("claims twice", byHmac(HS256, ANN + ANN));
    add("claims and a bracket", byHmac(HS256, ANN + "}"));
    add("claims in an array", byHmac(HS256, "[" + ANN + "]"));
    add("a header and more", byHmac(HS256 + "{}", ANN));
    add("a comment in the claims", byHmac(HS256, "/**/" + ANN));
    add("a byte order mark before the claims", byHmac(HS256, "\uFEFF" + ANN));
    add("a byte order mark before the header", byHmac("\uFEFF" + HS256, ANN));
  }

  private void times() {
    for (String exp :
        List.of(
            "'" + LATER + "'",
            "-1",
            "NaN",
            "Infinity",
            "1e400",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551616",
            "0x7fffffff",
            "[" + LATER + "]",
            "{}",
            "true",
            "0",
            String.valueOf(PAST))) {
      add("exp " + exp, byHmac(HS256, claims("'exp':" + exp)));
    }
    for (String name : List.of("nbf", "iat")) {
      add(name + " in the future", byHmac(HS256, claims("'" + name + "':" + LATER)));
      add(name + " as a string", byHmac(HS256, claims("'" + name + "':'" + PAST + "'")));
      add(name + " beyond all time", byHmac(HS256, claims("'" + name + "':9223372036854775807")));
    }
  }

  private void whoAndForWhom() {
    for (String issuer : List.of("'other'", "'IDP'", "'idp '", "'idp/'", "''", "['idp']", "7")) {
      add("iss " + issuer, byHmac(HS256, "{'sub':'ann','aud':'donna','iss':" + issuer + "}"));
    }
    add("no iss", byHmac(HS256, "{'sub':'ann','aud':'donna'}"));
    for (String audience :
        List.of(
            "'other'",
            "'Donna'",
            "['other']",
            "[]",
            "[['donna']]",
            "{'donna':1}",
            "'donna,other'")) {
      add("aud " + audience, byHmac(HS256, "{'sub':'ann','iss':'idp','aud':" + audience + "}"));
    }
    add("no aud", byHmac(HS256, "{'sub':'ann','iss':'idp'}"));
    add("sub as a number", byHmac(HS256, "{'sub':7,'iss':'idp','aud':'donna'}"));
    add("sub of half a character", byHmac(HS256, "{'sub':'\\ud800','iss':'idp','aud':'donna'}"));
    add(
        "sub of 2 kB",
        byHmac(HS256, "{'sub':'" + "s".repeat(2_048) + "','iss':'idp','aud':'donna'}"));
    add("a donna claim that is none", byHmac(HS256, claims("'donna':'gold'")));
    add("a limit that is none", byHmac(HS256, claims("'donna':{'limits':{'sessions':'many'}}")));
  }

  private void otherKindsOfToken() {
    String good = byHmac(HS256, ANN);
    add("JWE by a shared key", encode("{'alg':'dir','enc':'A256GCM'}") + "..AAAA.AAAA.AAAA");
    add("JWE by RSA", encode("{'alg':'RSA-OAEP','enc':'A128GCM'}") + ".AAAA.AAAA.AAAA.AAAA");
    add(
        "JWE by password, a million rounds",
        encode("{'alg':'PBES2-HS256+A128KW','enc':'A128GCM','p2c':2147483647,'p2s':'AAAA'}")
            + ".AAAA.AAAA.AAAA.AAAA");
    add("nested", sign("HS256", hmac(SECRET), "{'alg':'HS256','cty':'JWT'}", good));
    add("nested by its media type", byHmac("{'alg':'HS256','cty':'application/jwt'}", ANN));
    add("compressed", byHmac("{'alg':'HS256','zip':'DEF'}", ANN));
    add("encrypted by its header", byHmac("{'alg':'HS256','enc':'A128GCM'}", ANN));
    add("crit", byHmac("{'alg':'HS256','crit':['x'],'x':1}", ANN));
    add("crit of exp", byHmac("{'alg':'HS256','crit':['exp'],'exp':1}", ANN));
    add("crit that is empty", byHmac("{'alg':'HS256','crit':[]}", ANN));
    add("crit that is null", byHmac("{'alg':'HS256','crit':null}", ANN));
    add("a payload that is not encoded", byHmac("{'alg':'HS256','b64':false,'crit':['b64']}", ANN));
    add(
        "a detached payload",
        encode(HS256)
            + ".."
            + encode(signature("HS256", hmac(SECRET), encode(HS256) + "." + encode(ANN))));
    add("a logout token", byHmac("{'alg':'HS256','typ':'logout+jwt'}", ANN));
    add("a proof of possession", byHmac("{'alg':'HS256','typ':'application/dpop+jwt'}", ANN));
    add("typ as a number", byHmac("{'alg':'HS256','typ':7}", ANN));
  }

  private void noise() {
    byte[] notUtf8 =
        "{\"sub\":\"\u00ff\u00fe\",\"iss\":\"idp\",\"aud\":\"donna\"}"
            .getBytes(StandardCharsets.ISO_8859_1);
    byte[] overlong =
        "{\"sub\":\"\u00c0\u00af\",\"iss\":\"idp\",\"aud\":\"donna\"}"
            .getBytes(StandardCharsets.ISO_8859_1);
    byte[] header = "{\"alg\":\"HS256\",\"x\":\"\u00ff\"}".getBytes(StandardCharsets.ISO_8859_1);
    add("claims that are not UTF-8", signedBytes(encode(HS256), notUtf8));
    add("claims in overlong UTF-8", signedBytes(encode(HS256), overlong));
    add(
        "claims in UTF-16",
        signedBytes(encode(HS256), ANN.replace('\'', '"').getBytes(StandardCharsets.UTF_16LE)));
    add(
        "a header that is not UTF-8",
        signedBytes(encode(header), ANN.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
    add("no claims", byHmac(HS256, ""));
    add("claims null", byHmac(HS256, "null"));
    add("a megabyte of a letter", "x".repeat(1 << 20));
    add("a megabyte of dots", ".".repeat(1 << 20));
    add("a megabyte of claims, signed", byHmac(HS256, claims("'x':'" + "y".repeat(1 << 20) + "'")));
    add(
        "a megabyte of a header",
        encode("{'alg':'HS256','x':'" + "y".repeat(1 << 20) + "'}") + ".e30.AA");
    add(
        "a header 5,000 deep",
        encode("{'alg':'HS256','a':" + "[".repeat(5_000) + "]".repeat(5_000) + "}") + ".e30.AA");
    add(
        "claims 1,000 deep, signed",
        byHmac(HS256, claims("'a':" + "[".repeat(1_000) + "]".repeat(1_000))));
    for (String text : List.of(".", "..", "...", "a.b.c", "null", "undefined", "🎤.🎤.🎤")) {
      add("the text " + text, text);
    }
  }

  private static String signedBytes(String header, byte[] claims) {
    String input = header + "." + encode(claims);
    return input + "." + encode(signature("HS256", hmac(SECRET), input));
  }

  private static byte[] number(int value) {
    byte[] bytes = new byte[32];
    bytes[31] = (byte) value;
    return bytes;
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static byte[] join(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }
}
