package io.donna.gateway.admin;

import io.donna.gateway.edge.Gateway;
import io.donna.gateway.session.SessionDetail;
import io.donna.gateway.session.SessionSnapshot;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

/** Shows sessions, live and ended, and usage. */
final class SessionQueryApi {
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final Duration BEAT = Duration.ofSeconds(15);

  private static final Map<String, Function<SessionSnapshot, String>> FILTERS =
      Map.of(
          "state", session -> session.state().label(),
          "user", session -> session.payer().isAnonymous() ? "" : session.payer().user(),
          "tenant", session -> session.payer().tenant().orElse(""),
          "tier", session -> session.payer().tier().orElse(""),
          "endpoint", SessionSnapshot::endpoint,
          "model", session -> session.model().orElse(""),
          "upstream", session -> session.server().orElse(""),
          "address", SessionSnapshot::ip);

  private static final Map<String, Comparator<SessionSnapshot>> ORDERS =
      Map.of(
          "begun", Comparator.comparing(SessionSnapshot::begun),
          "turns", Comparator.comparingInt(SessionSnapshot::turns),
          "usd", Comparator.comparing(session -> session.usage().usd()),
          "wait", Comparator.comparingLong(session -> session.lastWaitMs().orElse(-1L)),
          "user", Comparator.comparing(session -> session.payer().user()));

  private final Gateway gateway;
  private final SharedReading<List<SessionSnapshot>> views;

  /**
   * @param views of the live sessions
   */
  SessionQueryApi(Gateway gateway, SharedReading<List<SessionSnapshot>> views) {
    this.gateway = gateway;
    this.views = views;
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
    Comparator<SessionSnapshot> order =
        Objects.requireNonNull(ORDERS.get(query.sort().orElse("begun")));
    boolean descending = query.sort().isEmpty() || query.descending();
    List<SessionSnapshot> wanted =
        (ended ? gateway.sessions().ended() : views.get())
            .stream()
                .filter(session ->
                    FILTERS.entrySet().stream()
                        .allMatch(filter ->
                            query.allows(filter.getKey(), filter.getValue().apply(session))))
                .sorted(descending ? order.reversed() : order)
                .toList();
    return AdminResponse.ok(query.page(wanted, SessionJson::of));
  }

  private AdminResponse one(AdminRequest call) {
    return gateway
        .sessions()
        .find(call.parameter("id"))
        .<AdminResponse>map(detail -> AdminResponse.ok(SessionJson.of(detail)))
        .orElseGet(SessionQueryApi::unknown);
  }

  private static AdminResponse unknown() {
    return AdminResponse.problem(
        HttpResponseStatus.NOT_FOUND,
        "No live session has this id, and none of the last that ended");
  }

  /** Sends the session whenever it has changed, until it has ended. */
  private AdminResponse follow(AdminRequest call) {
    String id = call.parameter("id");
    return gateway.sessions().find(id).isEmpty()
        ? unknown()
        : new AdminResponse.Events(
            call.operator().name(),
            call.stillAllowed(),
            stream -> Thread.ofVirtual().name("follow").start(() -> follow(id, stream)));
  }

  private void follow(String id, EventStream stream) {
    Optional<SessionDetail> last = Optional.empty();
    try {
      long nextBeat = System.nanoTime() + BEAT.toNanos();
      while (stream.isOpen()) {
        if (System.nanoTime() - nextBeat >= 0) {
          nextBeat += BEAT.toNanos();
          stream.beat();
        }
        Optional<SessionDetail> now = gateway.sessions().find(id);
        if (now.isPresent() && !now.equals(last)) {
          stream.send("call", SessionJson.of(now.get()).toString());
        }
        if (now.isEmpty() || now.get().session().end().isPresent()) {
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
