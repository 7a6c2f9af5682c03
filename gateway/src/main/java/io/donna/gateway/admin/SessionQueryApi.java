package io.donna.gateway.admin;

import io.donna.gateway.metering.Payer;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** Shows sessions of all replicas, live and ended. */
final class SessionQueryApi {
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final Duration BEAT = Duration.ofSeconds(15);

  private static final Map<String, Function<ListedSession, String>> FILTERS =
      Map.of(
          "replica", listed -> listed.replica().orElse(""),
          "state", listed -> listed.session().state().label(),
          "user", listed -> userOf(listed.session().payer()),
          "tenant", listed -> listed.session().payer().tenant().orElse(""),
          "tier", listed -> listed.session().payer().tier().orElse(""),
          "endpoint", listed -> listed.session().endpoint(),
          "model", listed -> listed.session().model().orElse(""),
          "upstream", listed -> listed.session().server().orElse(""),
          "address", listed -> listed.session().ip());

  private static final Map<String, Comparator<ListedSession>> ORDERS =
      Map.of(
          "begun", Comparator.comparing(listed -> listed.session().begun()),
          "turns", Comparator.comparingInt(listed -> listed.session().turns()),
          "usd", Comparator.comparing(listed -> listed.session().usage().usd()),
          "wait", Comparator.comparingLong(listed -> listed.session().lastWaitMs().orElse(-1L)),
          "user", Comparator.comparing(listed -> listed.session().payer().user()));

  private final ClusterView cluster;

  SessionQueryApi(ClusterView cluster) {
    this.cluster = cluster;
  }

  private static String userOf(Payer payer) {
    return payer.isAnonymous() ? "" : payer.user();
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/sessions", OperatorRole.VIEWER, this::list),
        Route.get("/api/v1/sessions/{id}", OperatorRole.VIEWER, this::one),
        Route.get("/api/v1/sessions/{id}/events", OperatorRole.VIEWER, this::follow));
  }

  /**
   * Live sessions, and those that have ended only if they are asked for: the list would be long.
   */
  private AdminResponse list(AdminRequest call) throws InterruptedException {
    Fields fields = call.query();
    ListQuery query = ListQuery.read(fields, FILTERS.keySet(), ORDERS.keySet());
    Optional<AdminResponse> refusal = fields.refusal();
    if (refusal.isPresent()) {
      return refusal.get();
    }
    boolean ended = "ended".equals(query.filters().get("state"));
    Comparator<ListedSession> order =
        Objects.requireNonNull(ORDERS.get(query.sort().orElse("begun")));
    boolean descending = query.sort().isEmpty() || query.descending();
    ClusterView.Seen<List<ListedSession>> seen =
        ended ? cluster.ended(ClusterView.PATIENCE) : cluster.live(ClusterView.PATIENCE);
    List<ListedSession> wanted =
        seen.value().stream()
            .filter(session ->
                FILTERS.entrySet().stream()
                    .allMatch(
                        filter -> query.allows(filter.getKey(), filter.getValue().apply(session))))
            .sorted(descending ? order.reversed() : order)
            .toList();
    return AdminResponse.ok(seen.addTo(query.page(wanted, SessionJson::of)));
  }

  private AdminResponse one(AdminRequest call) throws InterruptedException {
    return cluster
        .session(call.parameter("id"))
        .<AdminResponse>map(AdminResponse::ok)
        .orElseGet(SessionQueryApi::unknown);
  }

  private static AdminResponse unknown() {
    return AdminResponse.problem(
        HttpResponseStatus.NOT_FOUND,
        "No live session has this id, and none of the last that ended");
  }

  /** Sends the session whenever it has changed, until it has ended. */
  private AdminResponse follow(AdminRequest call) throws InterruptedException {
    String id = call.parameter("id");
    return cluster.session(id).isEmpty()
        ? unknown()
        : new AdminResponse.Events(
            call.operator().name(),
            call.stillAllowed(),
            stream -> Thread.ofVirtual().name("follow").start(() -> follow(id, stream)));
  }

  private void follow(String id, EventStream stream) {
    Optional<JsonNode> last = Optional.empty();
    try {
      long nextBeat = System.nanoTime() + BEAT.toNanos();
      while (stream.isOpen()) {
        if (System.nanoTime() - nextBeat >= 0) {
          nextBeat += BEAT.toNanos();
          stream.beat();
        }
        Optional<JsonNode> now = cluster.session(id);
        if (now.isPresent() && !now.equals(last)) {
          stream.send("call", now.get().toString());
        }
        if (now.isEmpty() || now.get().path("session").path("end").isObject()) {
          stream.close();
          return;
        }
        last = now;
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    } catch (RejectedExecutionException stopped) {
      // The gateway has stopped, and the stream with it.
    }
  }
}
