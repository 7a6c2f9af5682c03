package io.donna.gateway.policy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.auth.User;
import io.donna.gateway.cluster.MemoryCluster;
import io.donna.gateway.config.Api;
import io.donna.gateway.config.ModelAliases;
import io.donna.gateway.config.PolicySettings;
import io.donna.gateway.config.WatchedFiles;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.config.policy.PolicyFile;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.websocket.CloseReason;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session's budgets and time hold through all of its upstreams. */
class PolicySessionTest implements InspectorContext, SpendingSource {
  private static final String BUDGETS =
      """
      default_tier: t
      tiers:
        t:
          budgets:
            - {per: user, window: day, usd: 1.50}
            - {per: session, tokens: 100}
          limits: {session_seconds: 60}
      """;

  private final List<String> upstream = new ArrayList<>();
  private final List<String> client = new ArrayList<>();
  private final List<String> ends = new ArrayList<>();
  private final Map<String, Spent> ledger = new HashMap<>();
  private final EmbeddedChannel channel = new EmbeddedChannel();

  @TempDir Path folder;

  @Override
  public void toUpstream(Event event) {
    upstream.add(new String(event.payload(), UTF_8));
  }

  @Override
  public void release() {}

  @Override
  public void toClient(Event event) {
    client.add(new String(event.payload(), UTF_8));
  }

  @Override
  public void refuse(Event offender, String code, String message) {
    client.add(code);
  }

  @Override
  public void end(String error, CloseReason reason) {
    ends.add(reason.code() + " " + error);
  }

  @Override
  public EventLoop eventLoop() {
    return channel.eventLoop();
  }

  @Override
  public Spent spent(Budget.Per per, String name, Budget.Window window) {
    return ledger.getOrDefault(per + " " + name + " " + window, Spent.NOTHING);
  }

  private void spend(String whose, long tokens, String usd) {
    ledger.put(whose, new Spent(tokens, new BigDecimal(usd)));
  }

  private PolicyAdmission enter() throws IOException {
    return enter(session());
  }

  private static PolicyAdmission enter(PolicySession session) {
    return session.enter(Api.REALTIME, Optional.of("m"));
  }

  private PolicySession session() throws IOException {
    Path file = Files.writeString(folder.resolve("policy.yaml"), BUDGETS);
    PolicySettings settings =
        new PolicySettings(
            file,
            PolicyFile.read(file, ModelAliases.NONE).policy().orElseThrow(),
            Optional.empty());
    try (WatchedFiles watched = new WatchedFiles(Clock.systemUTC())) {
      Policies policies =
          Policies.start(
              Optional.of(settings),
              this,
              "m",
              named -> List.of(named.orElse("m")),
              ModelAliases.NONE,
              MemoryCluster.alone(),
              watched);
      PolicySession session = policies.session("s1");
      session.begin(Optional.of(new User("ann", Optional.empty())), Optional.empty(), this);
      return session;
    }
  }

  private Inspector admitted() throws IOException {
    Inspector inspector = ((PolicyAdmission.Admitted) enter()).inspector().orElseThrow();
    inspector.begin(this);
    upstream.clear();
    return inspector;
  }

  @Test
  void admitsUpToTheLastCentAndNotBeyond() throws IOException {
    spend("USER ann DAY", 1_000_000, "1.499999999");
    assertThat(enter()).isInstanceOf(PolicyAdmission.Admitted.class);

    spend("USER ann DAY", 0, "1.500000000");
    assertThat(enter())
        .isInstanceOfSatisfying(
            PolicyAdmission.Refused.class,
            refused -> {
              assertThat(refused.close().code()).isEqualTo(4029);
              assertThat(refused.error()).contains("budget_exceeded", "$1.50 per user and day");
            });
  }

  @Test
  void stopsWhatRunsAndEndsTheSessionOnceABudgetIsUsedUp() throws IOException {
    Inspector inspector = admitted();
    inspector.fromUpstream(response("response.created", "r1"), this);
    inspector.fromUpstream(response("response.created", "r2"), this);
    spend("SESSION s1 SESSION", 100, "0");

    inspector.fromUpstream(response("response.done", "r1"), this);

    assertThat(upstream).anyMatch(text -> text.contains("\"response_id\":\"r2\""));
    assertThat(ends).hasSize(1);
    assertThat(ends.getFirst()).startsWith("4029 ").contains("budget_exceeded");
    assertThat(client).hasSize(3); // the response that used it up is the client's still
  }

  @Test
  void asksBeforeEachResponse() throws IOException {
    Inspector inspector = admitted();
    inspector.fromClient(Event.of("{\"type\":\"response.create\"}"), this);
    assertThat(upstream).hasSize(1);
    spend("USER ann DAY", 0, "2");

    inspector.fromClient(Event.of("{\"type\":\"response.create\"}"), this);

    assertThat(upstream).hasSize(1);
    assertThat(ends).hasSize(1);
  }

  @Test
  void asksBeforeEachTurn() throws IOException {
    Inspector inspector = admitted();
    spend("USER ann DAY", 0, "2");

    inspector.fromUpstream(
        Event.of("{\"type\":\"input_audio_buffer.speech_stopped\",\"item_id\":\"i\"}"), this);
    inspector.fromUpstream(
        Event.of("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"i\"}"), this);

    assertThat(upstream).noneMatch(text -> text.contains("response.create"));
    assertThat(ends).hasSize(1);
  }

  @Test
  void hasOneTimeForAllOfItsConnections() throws IOException {
    PolicySession session = session();
    channel.advanceTimeBy(90, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertThat(ends).isEmpty(); // it begins with the first of them

    enter(session);
    channel.advanceTimeBy(59, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertThat(ends).isEmpty();
    enter(session);
    channel.advanceTimeBy(2, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();

    assertThat(ends).hasSize(1);
    assertThat(ends.getFirst()).startsWith("4008 ").contains("session_expired");
  }

  private static Event event(String apostrophes) {
    return Event.of(apostrophes.replace('\'', '"'));
  }

  private int asked() {
    return (int) upstream.stream().filter(text -> text.contains("response.create")).count();
  }

  @Test
  void asksForAResponseAfterSilenceOnlyIfItMay() throws IOException {
    Inspector inspector = admitted();
    String session =
        "{'type':'session.%s','session':{'audio':{'input':{'turn_detection':"
            + "{'type':'server_vad','idle_timeout_ms':%s}}}}}";
    inspector.fromUpstream(event(session.formatted("created", "null")), this);
    inspector.fromUpstream(event(session.formatted("updated", "null")), this);
    inspector.fromClient(event(session.formatted("update", "5000")), this);
    inspector.fromUpstream(event(session.formatted("updated", "null")), this);
    for (int i = 1; i <= 2; i++) {
      inspector.fromUpstream(response("response.created", "r" + i), this);
      inspector.fromUpstream(response("response.done", "r" + i), this);
      assertThat(asked()).isEqualTo(i - 1);
      channel.advanceTimeBy(5_001, TimeUnit.MILLISECONDS);
      channel.runScheduledPendingTasks();
      assertThat(asked()).isEqualTo(i);
    }

    inspector.fromUpstream(response("response.created", "r3"), this);
    inspector.fromUpstream(response("response.done", "r3"), this);
    spend("USER ann DAY", 0, "2");
    channel.advanceTimeBy(5_001, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();

    assertThat(asked()).isEqualTo(2);
    assertThat(ends).singleElement().asString().contains("budget_exceeded");
  }

  private static Event response(String type, String id) {
    return Event.of(
        "{\"type\":\"%s\",\"response\":{\"id\":\"%s\",\"conversation_id\":\"c\"}}"
            .formatted(type, id));
  }
}
