package io.donna.gateway.auth;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.interfaces.RSAPrivateKey;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * RS256 signatures whose padding (RFC 8017, 9.2) is nearly the right one, made with the right key:
 * to a verifier that reads the padding instead of comparing it, many of them look good, and for a
 * small exponent such ones can be made without the key (Bleichenbacher, 2006).
 *
 * <p>One that differs is no forgery and is not here: without the NULL behind the hash's name, which
 * RFC 8017, B.1 wants taken.
 */
final class NearlyPadded {
  private static final String NAME = "0609608648016503040201";
  private static final String NULL = "0500";

  private final RSAPrivateKey key;
  private final int length;
  private final String hash;
  private final Map<String, byte[]> signatures = new LinkedHashMap<>();

  private NearlyPadded(KeyPair pair, String input) {
    this.key = (RSAPrivateKey) pair.getPrivate();
    this.length = (key.getModulus().bitLength() + 7) / 8;
    this.hash = HexFormat.of().formatHex(sha256(input));
  }

  /** What is wrong with each, and the signature of {@code input}. */
  static Map<String, byte[]> signatures(KeyPair pair, String input) {
    NearlyPadded nearly = new NearlyPadded(pair, input);
    nearly.frames();
    nearly.hashes();
    nearly.encodings();
    return nearly.signatures;
  }

  /** The right one, to show that the others fail by what is wrong with them. */
  static byte[] right(KeyPair pair, String input) {
    NearlyPadded right = new NearlyPadded(pair, input);
    return right.sign(right.frame("0001", "ff", "00" + right.info()));
  }

  private static byte[] sha256(String input) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(input.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** What stands around the hash. */
  private void frames() {
    String end = "00" + info();
    add("of block type 0", frame("0000", "00", end));
    add("of block type 2", frame("0002", "ff", end));
    add("of block type 2, its filling random", frame("0002", "a7", end));
    add("filled with something else", frame("0001", "fe", end));
    add("with a first byte that is not zero", frame("0101", "ff", end));
    add("without a zero behind the filling", frame("0001", "ff", info()));
    add("with two zeros behind the filling", frame("0001", "ff", "00" + end));
    add("with a zero within the filling", frame("0001ffff00", "ff", end));
    for (int filling : new int[] {0, 1, 8, 64}) {
      String front = "0001" + "ff".repeat(filling) + end;
      add("short, with zeros behind, filled with " + filling, frame(front, "00", ""));
      add("short, with rubbish behind, filled with " + filling, frame(front, "5a", ""));
    }
    add("with a byte behind the hash", frame("0001", "ff", end + "00"));
    byte[] right = frame("0001", "ff", end);
    for (int at = 0; at < right.length; at++) {
      byte[] changed = right.clone();
      changed[at] ^= 1;
      add("with byte " + at + " changed", changed);
    }
  }

  private void hashes() {
    add("of nothing but the hash", frame("0001", "ff", "00" + hash));
    add(
        "with half of the hash",
        framed(sequence(sequence(NAME + NULL) + octets(hash.substring(32)))));
    add("with an empty hash", framed(sequence(sequence(NAME + NULL) + octets(""))));
    add("with the hash twice", framed(sequence(sequence(NAME + NULL) + octets(hash + hash))));
    add(
        "with a byte before the hash",
        framed(sequence(sequence(NAME + NULL) + octets("00" + hash))));
    for (String other :
        new String[] {
          "06052b0e03021a",
          "0609608648016503040202",
          "0609608648016503040203",
          "0609608648016503040204",
          "06082a864886f70d0205",
          "0600",
          "060960864801650304020180"
        }) {
      add("named " + other, framed(sequence(sequence(other + NULL) + octets(hash))));
    }
  }

  /** The same in BER, or with more to it. */
  private void encodings() {
    String algorithm = sequence(NAME + NULL);
    String octets = octets(hash);
    add(
        "with a long length outside",
        framed("3081" + length(algorithm + octets) + algorithm + octets));
    add(
        "with a longer length outside",
        framed("308200" + length(algorithm + octets) + algorithm + octets));
    add("with a long length of the name", framed(sequence("30810d" + NAME + NULL + octets)));
    add("with a long length of the hash", framed(sequence(algorithm + "048120" + hash)));
    add("with a long length of the NULL", framed(sequence(sequence(NAME + "058100") + octets)));
    add("of no definite length", framed("3080" + algorithm + octets + "0000"));
    add(
        "with a name of no definite length",
        framed(sequence("3080" + NAME + NULL + "0000" + octets)));
    add(
        "with a hash in pieces",
        framed(
            sequence(
                algorithm
                    + "2480"
                    + octets(hash.substring(0, 32))
                    + octets(hash.substring(32))
                    + "0000")));
    add("with two NULLs", framed(sequence(sequence(NAME + NULL + NULL) + octets)));
    add("with a NULL that is not empty", framed(sequence(sequence(NAME + "050100") + octets)));
    add(
        "with rubbish in place of the NULL",
        framed(sequence(sequence(NAME + octets("5a".repeat(40))) + octets)));
    add(
        "with rubbish behind the NULL",
        framed(sequence(sequence(NAME + NULL + octets("5a".repeat(40))) + octets)));
    add(
        "with rubbish behind the hash",
        framed(sequence(algorithm + octets + octets("5a".repeat(40)))));
    add("with a NULL behind the hash", framed(sequence(algorithm + octets + NULL)));
    add("with a NULL behind all", framed(sequence(algorithm + octets) + NULL));
    add("with nothing between name and hash", framed(sequence(NAME + NULL + octets)));
    add("with the hash first", framed(sequence(octets + algorithm)));
    add("as a set", framed("31" + length(algorithm + octets) + algorithm + octets));
    add("with the hash as bits", framed(sequence(algorithm + "032100" + hash)));
    add(
        "with a tag of many bytes",
        framed("3f10" + length(algorithm + octets) + algorithm + octets));
    add("with a length that is too small", framed("3030" + algorithm + octets));
    add("with a length that is too great", framed("3032" + algorithm + octets));
  }

  private String info() {
    return sequence(sequence(NAME + NULL) + octets(hash));
  }

  private byte[] framed(String info) {
    return frame("0001", "ff", "00" + info);
  }

  /** As long as the key, with as much of {@code filling} as fits. */
  private byte[] frame(String front, String filling, String end) {
    int room = length - front.length() / 2 - end.length() / 2;
    return HexFormat.of().parseHex(front + filling.repeat(room) + end);
  }

  private static String sequence(String content) {
    return "30" + length(content) + content;
  }

  private static String octets(String content) {
    return "04" + length(content) + content;
  }

  private static String length(String content) {
    int length = content.length() / 2;
    return HexFormat.of().toHexDigits((byte) length);
  }

  private void add(String name, byte[] block) {
    if (signatures.put(name, sign(block)) != null) {
      throw new AssertionError("two blocks are named " + name);
    }
  }

  private byte[] sign(byte[] block) {
    // A modulus begins with a bit that is set, and no block does.
    BigInteger number = new BigInteger(1, block);
    byte[] signature = number.modPow(key.getPrivateExponent(), key.getModulus()).toByteArray();
    byte[] padded = new byte[length];
    int skipped = Math.max(0, signature.length - length);
    System.arraycopy(
        signature,
        skipped,
        padded,
        length - signature.length + skipped,
        signature.length - skipped);
    return padded;
  }
}
