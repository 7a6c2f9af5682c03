package io.donna.gateway.config.policy;

import io.donna.gateway.config.Api;
import io.donna.gateway.config.BoundedFile;
import io.donna.gateway.config.ModelAliases;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.Node;
import tools.jackson.databind.JsonNode;

/** Reads a policy file (YAML 1.2): returns the policy, or every error with its line. */
public final class PolicyFile {
  /** A policy or the errors of the file; one of the two is empty. */
  public record Reading(Optional<Policy> policy, List<String> problems) {}

  private static final String DEFAULT_TIER = "default_tier";
  private static final String APIS = "apis";
  private static final String HOSTED_TOOLS = "hosted_tools";
  private static final long MOST = 1_000_000_000_000L;

  private final YamlProblems problems = new YamlProblems();

  private final ModelAliases aliases;

  private PolicyFile(ModelAliases aliases) {
    this.aliases = aliases;
  }

  /**
   * Reads a file of at most 1 MiB.
   *
   * @param aliases what the names of models in it mean
   */
  public static Reading read(Path file, ModelAliases aliases) {
    try {
      return read(BoundedFile.read(file), aliases);
    } catch (IOException unreadable) {
      return refused(String.valueOf(unreadable.getMessage()));
    }
  }

  /** Reads the content of a file. */
  public static Reading read(byte[] yaml, ModelAliases aliases) {
    try {
      return parse(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(yaml)).toString(), aliases);
    } catch (CharacterCodingException notUtf8) {
      return refused("is not UTF-8");
    }
  }

  static Reading parse(String yaml, ModelAliases aliases) {
    PolicyFile file = new PolicyFile(aliases);
    try {
      Optional<Policy> policy =
          YamlMap.document(yaml, file.problems).flatMap(document -> file.policy(document));
      List<String> found = file.problems.sorted();
      return new Reading(found.isEmpty() ? policy : Optional.empty(), found);
    } catch (StackOverflowError tooDeep) {
      // Neither the YAML parser nor the pattern parser limits the depth.
      return refused("is nested too deeply: its YAML or a guard pattern");
    }
  }

  private static Reading refused(String problem) {
    return new Reading(Optional.empty(), List.of(problem));
  }

  private Optional<Policy> policy(YamlMap document) {
    Optional<String> defaultTier = document.text(DEFAULT_TIER);
    Map<String, Tier> tiers = new LinkedHashMap<>();
    document
        .map("tiers")
        .ifPresent(all -> all.maps().forEach((name, tier) -> tiers.put(name, tier(name, tier))));
    document.refuseTheRest();
    if (tiers.isEmpty()) {
      problems.add(document.line(), "has no tiers");
    } else if (defaultTier.isEmpty()) {
      problems.add(
          document.line(),
          DEFAULT_TIER + " is required: the tier of clients whose token names none");
    } else if (!tiers.containsKey(defaultTier.get())) {
      problems.add(
          document.lineOf(DEFAULT_TIER),
          "%s: unknown tier \"%s\"".formatted(DEFAULT_TIER, defaultTier.get()));
    }
    return defaultTier.map(name -> new Policy(name, Map.copyOf(tiers)));
  }

  private Tier tier(String name, YamlMap tier) {
    Optional<Set<String>> transcriptionModels = tier.names("transcription_models");
    SessionRules session = session(tier.map("session"));
    ToolReader.Tools tools = new ToolReader(problems).read(tier);
    Tier read =
        new Tier(
            name,
            false,
            apis(tier),
            tier.map("models").map(this::models).orElse(ModelRules.ANY),
            transcriptionModels.map(aliases::resolve),
            tier.names("events"),
            session,
            tools.names(),
            tools.definitions(),
            tier.flag("mcp_tools"),
            tier.flag("image_urls"),
            hostedTools(tier),
            tier.names("delegation_models").map(aliases::resolve),
            tier.flag("store"),
            tier.flag("prompts"),
            tier.flag("hide_instructions"),
            tier.map("limits").map(this::limits).orElse(Map.of()),
            tier.mapsOf("budgets").stream().map(this::budget).flatMap(Optional::stream).toList(),
            new GuardReader(problems).read(tier, transcriptionModels, session));
    tier.refuseTheRest();
    return read;
  }

  private Optional<Set<Api>> apis(YamlMap tier) {
    Optional<Set<String>> names = tier.names(APIS);
    if (names.isEmpty()) {
      return Optional.empty();
    }
    Set<Api> apis = EnumSet.noneOf(Api.class);
    for (String name : names.get()) {
      Api.named(name)
          .ifPresentOrElse(
              apis::add,
              () ->
                  problems.add(
                      tier.lineOf(APIS),
                      "apis: \"%s\" is not one of %s"
                          .formatted(
                              name,
                              Arrays.stream(Api.values())
                                  .map(Api::key)
                                  .collect(Collectors.joining(", ")))));
    }
    if (names.get().isEmpty()) {
      problems.add(tier.lineOf(APIS), "apis: the list is empty");
    }
    return Optional.of(Collections.unmodifiableSet(apis));
  }

  private Set<HostedTool> hostedTools(YamlMap tier) {
    Set<HostedTool> tools = EnumSet.noneOf(HostedTool.class);
    for (String name : tier.names(HOSTED_TOOLS).orElse(Set.of())) {
      HostedTool.named(name)
          .ifPresentOrElse(
              tools::add,
              () ->
                  problems.add(
                      tier.lineOf(HOSTED_TOOLS),
                      "hosted_tools: \"%s\" is not one of %s".formatted(name, HostedTool.all())));
    }
    return Collections.unmodifiableSet(tools);
  }

  private ModelRules models(YamlMap models) {
    Optional<Set<String>> allowed = models.names("allowed").map(aliases::resolve);
    Optional<String> fallback = models.text("default").map(aliases::resolve);
    Optional<String> otherwise = models.choice("otherwise", List.of("refuse", "rewrite"));
    models.refuseTheRest();
    if (allowed.isPresent() && allowed.get().isEmpty()) {
      problems.add(models.lineOf("allowed"), "allowed: the list is empty");
    }
    if (fallback.isPresent() && !allowed.map(set -> set.contains(fallback.get())).orElse(true)) {
      problems.add(
          models.lineOf("default"), "default: \"%s\" is not in allowed".formatted(fallback.get()));
    }
    boolean rewrites = otherwise.equals(Optional.of("rewrite"));
    if (rewrites && fallback.isEmpty()) {
      problems.add(models.lineOf("otherwise"), "otherwise: rewrite requires a default model");
    }
    if (allowed.isPresent() && fallback.isEmpty()) {
      problems.add(
          models.line(), "models: default is required with allowed: clients may name no model");
    }
    return new ModelRules(allowed, fallback, rewrites);
  }

  private SessionRules session(Optional<YamlMap> rules) {
    if (rules.isEmpty()) {
      return SessionRules.NONE;
    }
    YamlMap session = rules.get();
    Map<String, JsonNode> locked = values(session.map("locked"));
    Map<String, JsonNode> defaults = values(session.map("defaults"));
    Map<String, BigDecimal> most = new LinkedHashMap<>();
    session
        .map("most")
        .ifPresent(numbers -> {
          for (String path : numbers.keys()) {
            if (SessionField.NUMBERS.contains(path)) {
              numbers.decimal(path).ifPresent(number -> most.put(path, number));
            } else {
              numbers.text(path);
              problems.add(
                  numbers.lineOf(path),
                  "most: \"%s\" is not one of %s"
                      .formatted(
                          path,
                          String.join(", ", SessionField.NUMBERS.stream().sorted().toList())));
            }
          }
        });
    for (String path : defaults.keySet()) {
      if (locked.containsKey(path)) {
        problems.add(session.lineOf("defaults"), "defaults: " + path + " is also locked");
      }
    }
    session.refuseTheRest();
    return new SessionRules(Map.copyOf(locked), Map.copyOf(defaults), Map.copyOf(most));
  }

  private Map<String, JsonNode> values(Optional<YamlMap> fields) {
    Map<String, JsonNode> values = new LinkedHashMap<>();
    fields.ifPresent(map -> {
      for (String path : map.keys()) {
        Node value = map.take(path);
        if (SessionField.at(path).isEmpty()) {
          problems.add(
              map.lineOf(path),
              "unknown session field \"%s\": it must be one of %s"
                  .formatted(path, SessionField.all()));
        } else {
          values.put(path, YamlJson.of(value, problems));
        }
      }
    });
    return values;
  }

  private Map<LimitKind, Long> limits(YamlMap map) {
    Map<LimitKind, Long> limits = new EnumMap<>(LimitKind.class);
    for (LimitKind limit : LimitKind.values()) {
      map.whole(limit.key(), 1, MOST).ifPresent(number -> limits.put(limit, number));
    }
    map.refuseTheRest();
    return Map.copyOf(limits);
  }

  private Optional<Budget> budget(YamlMap map) {
    Optional<Budget.Per> per = map.choice("per", names(Budget.Per.values())).map(PolicyFile::per);
    Optional<Budget.Window> window =
        map.choice("window", List.of("hour", "day", "month")).map(PolicyFile::window);
    Optional<Long> tokens = map.whole("tokens", 1, MOST);
    Optional<BigDecimal> usd = map.decimal("usd");
    map.refuseTheRest();
    if (per.isEmpty()) {
      problems.add(
          map.line(),
          "budgets: per must be one of " + String.join(", ", names(Budget.Per.values())));
      return Optional.empty();
    }
    boolean ofSession = per.get() == Budget.Per.SESSION;
    if (ofSession == window.isPresent()) {
      problems.add(
          map.line(),
          ofSession
              ? "budgets: per session takes no window"
              : "budgets: window must be hour, day or month");
    }
    if (tokens.isEmpty() && usd.isEmpty()) {
      problems.add(map.line(), "budgets: tokens, usd or both are required");
    }
    return Optional.of(new Budget(per.get(), window.orElse(Budget.Window.SESSION), tokens, usd));
  }

  private static List<String> names(Enum<?>[] values) {
    return Arrays.stream(values)
        .map(value -> value.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private static Budget.Per per(String name) {
    return Budget.Per.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private static Budget.Window window(String name) {
    return Budget.Window.valueOf(name.toUpperCase(Locale.ROOT));
  }
}
