package io.donna.gateway.admin;

import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.config.AddressRange;
import io.donna.gateway.edge.Gateway;
import io.donna.gateway.event.Json;
import io.donna.gateway.session.SessionSelector;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Ends sessions wherever they are: here at once, and on other replicas by a document that lists
 * what was asked in the last minute. Each replica does what it has not done yet, and says how many
 * sessions it has ended. Safe from any thread; ending blocks for seconds at most.
 */
final class SharedEnding {
  private static final Logger LOG = LoggerFactory.getLogger(SharedEnding.class);

  private static final String DOCUMENT = "endings";
  private static final Duration KEPT = Duration.ofMinutes(1);

  /**
   * For so long a replica knows what it has done, and an older order is not followed: a Redis that
   * takes over or is restored may have an old document.
   */
  private static final Duration REMEMBERED = Duration.ofHours(1);

  /** How long the other replicas may take to say what they have done. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final long LOOK_MS = 100;
  private static final int MOST_ATTEMPTS = 20;

  /** Made when a document is read: Jackson takes a tenth of a start. */
  private static final class Reader {
    static final Json JSON = Json.ofDocuments(8);
  }

  /**
   * What came of it.
   *
   * @param ended sessions, as far as replicas have said
   * @param unheard replicas that have said nothing in time
   */
  record Result(int ended, int unheard) {
    /** The fields of an answer. */
    ObjectNode addTo(ObjectNode answer) {
      return answer.put("ended", ended).put("unheard", unheard);
    }
  }

  private record Ending(String id, Instant at, SessionSelector whose, String reason) {}

  private final Gateway gateway;
  private final Cluster cluster;
  private final Clock clock;

  /** What this replica has done, with when it was asked; guarded by itself. */
  private final Map<String, Instant> done = new HashMap<>();

  private final Instant started;

  SharedEnding(Gateway gateway, Clock clock) {
    this.gateway = gateway;
    this.cluster = gateway.cluster();
    this.clock = clock;
    this.started = clock.instant();
    if (cluster.isShared()) {
      cluster.follow(DOCUMENT, document -> Thread.startVirtualThread(() -> follow(document)));
    }
  }

  /**
   * Ends live sessions on all replicas.
   *
   * @param reason what their clients are told
   */
  Result end(SessionSelector whose, String reason) {
    int here = gateway.endSessions(whose, reason);
    if (!cluster.isShared()) {
      return new Result(here, 0);
    }
    Ending ending = new Ending(UUID.randomUUID().toString(), clock.instant(), whose, reason);
    synchronized (done) {
      done.put(ending.id, ending.at);
    }
    return publish(ending) ? heard(ending, here) : new Result(here, cluster.replicas() - 1);
  }

  /** Adds to the document what was asked; false if the others cannot be told. */
  private boolean publish(Ending ending) {
    Cluster.Document before = Cluster.Document.NONE;
    for (int i = 0; i < MOST_ATTEMPTS; i++) {
      List<Ending> all = new ArrayList<>(read(before));
      all.removeIf(old -> old.at.isBefore(clock.instant().minus(KEPT)));
      all.add(ending);
      String text = write(all);
      Optional<Cluster.Document> now =
          await(cluster.replace(DOCUMENT, before.version(), text)).flatMap(answer -> answer);
      if (now.isEmpty()) {
        return false;
      }
      if (now.get().text().equals(text)) {
        return true;
      }
      before = now.get();
    }
    return false;
  }

  /** Waits for the other replicas to say what they have ended. */
  private Result heard(Ending ending, int here) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      List<Cluster.Word> words = say(ending, here);
      int sum = words.stream().mapToInt(SharedEnding::number).sum();
      Result result =
          new Result(Math.max(here, sum), Math.max(0, cluster.replicas() - words.size()));
      if (result.unheard == 0 || System.nanoTime() >= end || !pause()) {
        return result;
      }
    }
  }

  private static int number(Cluster.Word word) {
    return word.text().matches("\\d{1,9}") ? Integer.parseInt(word.text()) : 0;
  }

  private List<Cluster.Word> say(Ending ending, int ended) {
    Map<String, String> words = Map.of("ended", String.valueOf(ended));
    return await(
            cluster.exchange(new Cluster.Subject("ending " + ending.id, KEPT), words, List.of()))
        .flatMap(answer -> answer)
        .orElse(List.of());
  }

  /** Does what other replicas were asked; what was asked before this one started is not for it. */
  private void follow(Cluster.Document document) {
    Instant oldest = clock.instant().minus(REMEMBERED);
    List<Ending> due = new ArrayList<>();
    synchronized (done) {
      done.values().removeIf(at -> at.isBefore(oldest));
      for (Ending ending : read(document)) {
        if (!ending.at.isBefore(started)
            && !ending.at.isBefore(oldest)
            && done.putIfAbsent(ending.id, ending.at) == null) {
          due.add(ending);
        }
      }
    }
    due.forEach(ending -> say(ending, gateway.endSessions(ending.whose, ending.reason)));
  }

  private static boolean pause() {
    try {
      Thread.sleep(LOOK_MS);
      return true;
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static <T> Optional<T> await(CompletionStage<T> answer) {
    try {
      return Optional.of(answer.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (ExecutionException | TimeoutException unanswered) {
      return Optional.empty();
    }
  }

  private static String write(List<Ending> all) {
    ObjectNode document = AdminResponse.object();
    ArrayNode endings = document.putArray("endings");
    for (Ending ending : all) {
      ObjectNode json =
          endings
              .addObject()
              .put("id", ending.id)
              .put("at", ending.at.toString())
              .put("reason", ending.reason);
      switch (ending.whose) {
        case SessionSelector.All() -> json.put("all", "");
        case SessionSelector.WithId(String id) -> json.put("session", id);
        case SessionSelector.OfUser(String user) -> json.put("user", user);
        case SessionSelector.OfTenant(String tenant) -> json.put("tenant", tenant);
        case SessionSelector.OfTier(String tier) -> json.put("tier", tier);
        case SessionSelector.FromRange(AddressRange range) -> json.put("address", range.toString());
      }
    }
    return document.toString();
  }

  private static List<Ending> read(Cluster.Document document) {
    if (document.version() == 0) {
      return List.of();
    }
    try {
      List<Ending> all = new ArrayList<>();
      JsonNode json = Reader.JSON.read(document.text().getBytes(StandardCharsets.UTF_8));
      for (JsonNode ending : json.path("endings")) {
        all.add(
            new Ending(
                ending.path("id").asString(),
                Instant.parse(ending.path("at").asString()),
                selector(ending),
                ending.path("reason").asString()));
      }
      return all;
    } catch (IllegalArgumentException | JacksonException | DateTimeException damaged) {
      LOG.error("what other replicas' operators have ended cannot be read: ignored");
      return List.of();
    }
  }

  private static SessionSelector selector(JsonNode json) {
    if (json.has("all")) {
      return new SessionSelector.All();
    }
    if (json.has("session")) {
      return new SessionSelector.WithId(json.path("session").asString());
    }
    if (json.has("user")) {
      return new SessionSelector.OfUser(json.path("user").asString());
    }
    if (json.has("tenant")) {
      return new SessionSelector.OfTenant(json.path("tenant").asString());
    }
    if (json.has("tier")) {
      return new SessionSelector.OfTier(json.path("tier").asString());
    }
    return new SessionSelector.FromRange(
        AddressRange.parse(json.path("address").asString())
            .orElseThrow(IllegalArgumentException::new));
  }
}
