package io.donna.gateway.admin;

import io.donna.gateway.config.AddressRange;
import io.donna.gateway.event.Json;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What operators have changed and a restart must not undo, with its form on disk. Immutable. */
record KeptState(boolean switchedOff, List<Block> blocks, List<Revocation> revocations) {
  static final KeptState EMPTY = new KeptState(false, List.of(), List.of());

  private static final int VERSION = 1;

  /** Made when a file is read: Jackson takes a tenth of a start. */
  private static final class Reader {
    static final Json JSON = Json.ofDocuments(8);
  }

  KeptState {
    blocks = List.copyOf(blocks);
    revocations = List.copyOf(revocations);
  }

  KeptState withSwitchedOff(boolean off) {
    return new KeptState(off, blocks, revocations);
  }

  KeptState with(Block block) {
    return new KeptState(
        switchedOff, Stream.concat(blocks.stream(), Stream.of(block)).toList(), revocations);
  }

  /** What either has: for two replicas that were apart, of which neither let anybody in. */
  KeptState or(KeptState other) {
    return new KeptState(
        switchedOff || other.switchedOff,
        Stream.concat(blocks.stream(), other.blocks.stream()).distinct().toList(),
        Stream.concat(revocations.stream(), other.revocations.stream()).distinct().toList());
  }

  KeptState withoutBlock(String id) {
    return new KeptState(
        switchedOff, blocks.stream().filter(one -> !one.id().equals(id)).toList(), revocations);
  }

  /** Without the blocks that have ended. */
  KeptState at(Instant now) {
    return blocks.stream().allMatch(block -> block.until().isAfter(now))
        ? this
        : new KeptState(
            switchedOff,
            blocks.stream().filter(block -> block.until().isAfter(now)).toList(),
            revocations);
  }

  KeptState with(Revocation revocation) {
    return new KeptState(
        switchedOff, blocks, Stream.concat(revocations.stream(), Stream.of(revocation)).toList());
  }

  KeptState withoutRevocation(String id) {
    return new KeptState(
        switchedOff, blocks, revocations.stream().filter(one -> !one.id().equals(id)).toList());
  }

  byte[] write() {
    ObjectNode all =
        AdminResponse.object().put("version", VERSION).put("switched_off", switchedOff);
    ArrayNode kept = all.putArray("blocks");
    blocks.forEach(block -> kept.add(write(block)));
    ArrayNode revoked = all.putArray("revocations");
    revocations.forEach(revocation -> revoked.add(write(revocation)));
    return (all.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  static ObjectNode write(Block block) {
    ObjectNode json = AdminResponse.object().put("id", block.id());
    switch (block.target()) {
      case Block.Target.OfUser(String user) -> json.put("user", user);
      case Block.Target.OfRange(AddressRange range) -> json.put("address", range.toString());
    }
    return json.put("since", block.since().toString())
        .put("until", block.until().toString())
        .put("reason", block.reason())
        .put("by", block.by());
  }

  static ObjectNode write(Revocation revocation) {
    ObjectNode json = AdminResponse.object().put("id", revocation.id());
    switch (revocation.target()) {
      case Revocation.Target.OfToken(String jti) -> json.put("jti", jti);
      case Revocation.Target.OfUser(String user, Optional<Instant> before) -> {
        json.put("sub", user);
        before.ifPresent(time -> json.put("before", time.toString()));
      }
    }
    return json.put("since", revocation.since().toString())
        .put("reason", revocation.reason())
        .put("by", revocation.by());
  }

  /** What {@link #write()} wrote; empty if it is anything else, in part or as a whole. */
  static Optional<KeptState> read(byte[] bytes) {
    try {
      if (!(Reader.JSON.read(bytes) instanceof ObjectNode all)
          || !Set.copyOf(all.propertyNames())
              .equals(Set.of("version", "switched_off", "blocks", "revocations"))
          || all.path("version").asInt(0) != VERSION) {
        return Optional.empty();
      }
      List<Block> blocks = new ArrayList<>();
      for (JsonNode block : array(all, "blocks")) {
        blocks.add(block(block));
      }
      List<Revocation> revocations = new ArrayList<>();
      for (JsonNode revocation : array(all, "revocations")) {
        revocations.add(revocation(revocation));
      }
      JsonNode off = all.path("switched_off");
      return off.isBoolean()
          ? Optional.of(new KeptState(off.asBoolean(), blocks, revocations))
          : Optional.empty();
    } catch (IllegalArgumentException | DateTimeException damaged) {
      return Optional.empty();
    }
  }

  private static ArrayNode array(ObjectNode from, String name) {
    if (from.get(name) instanceof ArrayNode array) {
      return array;
    }
    throw new IllegalArgumentException(name);
  }

  private static Block block(JsonNode json) {
    Block.Target target =
        json.has("user")
            ? new Block.Target.OfUser(text(json, "user"))
            : new Block.Target.OfRange(
                AddressRange.parse(text(json, "address"))
                    .orElseThrow(IllegalArgumentException::new));
    return new Block(
        text(json, "id"),
        target,
        Instant.parse(text(json, "since")),
        Instant.parse(text(json, "until")),
        text(json, "reason"),
        text(json, "by"));
  }

  private static Revocation revocation(JsonNode json) {
    Revocation.Target target =
        json.has("jti")
            ? new Revocation.Target.OfToken(text(json, "jti"))
            : new Revocation.Target.OfUser(
                text(json, "sub"),
                json.has("before")
                    ? Optional.of(Instant.parse(text(json, "before")))
                    : Optional.empty());
    return new Revocation(
        text(json, "id"),
        target,
        Instant.parse(text(json, "since")),
        text(json, "reason"),
        text(json, "by"));
  }

  private static String text(JsonNode from, String name) {
    JsonNode value = from.path(name);
    if (!value.isString() || value.asString().isEmpty()) {
      throw new IllegalArgumentException(name);
    }
    return value.asString();
  }
}
