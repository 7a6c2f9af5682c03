package io.donna.gateway.admin;

import io.donna.gateway.edge.Gateway;
import io.donna.gateway.session.SessionDetail;
import io.donna.gateway.session.SessionView;
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
final class CallsApi {
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final Duration BEAT = Duration.ofSeconds(15);

  private static final Map<String, Function<SessionView, String>> FILTERS =
      Map.of(
          "state", session -> session.state().label(),
          "user", session -> session.payer().isAnonymous() ? "" : session.payer().user(),
          "tenant", session -> session.payer().tenant().orElse(""),
          "tier", session -> session.payer().tier().orElse(""),
          "endpoint", SessionView::endpoint,
          "model", session -> session.model().orElse(""),
          "upstream", session -> session.server().orElse(""),
          "address", SessionView::ip);

  private static final Map<String, Comparator<SessionView>> ORDERS =
      Map.of(
          "begun", Comparator.comparing(SessionView::begun),
          "turns", Comparator.comparingInt(SessionView::turns),
          "usd", Comparator.comparing(session -> session.usage().usd()),
          "wait", Comparator.comparingLong(session -> session.lastWaitMs().orElse(-1L)),
          "user", Comparator.comparing(session -> session.payer().user()));

  private final Gateway gateway;
  private final SharedReading<List<SessionView>> views;

  /**
   * @param views of the live sessions
   */
  CallsApi(Gateway gateway, SharedReading<List<SessionView>> views) {
    this.gateway = gateway;
    this.views = views;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/sessions", Role.VIEWER, this::list),
        Route.get("/api/v1/sessions/{id}", Role.VIEWER, this::one),
        Route.get("/api/v1/sessions/{id}/events", Role.VIEWER, this::follow));
  }

  /**
   * Live sessions, and those that have ended only if they are asked for: the list would be long.
   */
  private Answer list(Call call) throws InterruptedException {
    Fields fields = call.query();
    ListQuery query = ListQuery.read(fields, FILTERS.keySet(), ORDERS.keySet());
    Optional<Answer> refusal = fields.refusal();
    if (refusal.isPresent()) {
      return refusal.get();
    }
    boolean ended = "ended".equals(query.filters().get("state"));
    Comparator<SessionView> order =
        Objects.requireNonNull(ORDERS.get(query.sort().orElse("begun")));
    boolean descending = query.sort().isEmpty() || query.descending();
    List<SessionView> wanted =
        (ended ? gateway.sessions().ended() : views.get())
            .stream()
                .filter(session ->
                    FILTERS.entrySet().stream()
                        .allMatch(filter ->
                            query.allows(filter.getKey(), filter.getValue().apply(session))))
                .sorted(descending ? order.reversed() : order)
                .toList();
    return Answer.ok(query.page(wanted, SessionJson::of));
  }

  private Answer one(Call call) {
    return gateway
        .sessions()
        .find(call.parameter("id"))
        .<Answer>map(detail -> Answer.ok(SessionJson.of(detail)))
        .orElseGet(CallsApi::unknown);
  }

  private static Answer unknown() {
    return Answer.problem(
        HttpResponseStatus.NOT_FOUND,
        "No live session has this id, and none of the last that ended");
  }

  /** Sends the session whenever it has changed, until it has ended. */
  private Answer follow(Call call) {
    String id = call.parameter("id");
    return gateway.sessions().find(id).isEmpty()
        ? unknown()
        : new Answer.Events(
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
