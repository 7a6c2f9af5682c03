package io.donna.gateway.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.cluster.MemoryCluster;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Settings;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.kit.Choices;
import io.donna.gateway.kit.Property;
import io.donna.gateway.telemetry.Telemetry;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Whatever sessions do, at the same time and however they end: what is spent and reserved exceeds
 * no budget by more than one response; nothing stays reserved; and everything is charged once.
 */
class BudgetPropertyTest {
  private static final Payer ANN = new Payer("ann", Optional.of("acme"), Optional.of("gold"));
  private static final List<Budget> BUDGETS =
      List.of(
          budget(Budget.Per.SESSION, 4_000, "0.50"),
          budget(Budget.Per.USER, 9_000, "0.30"),
          budget(Budget.Per.TENANT, 12_000, "1"),
          budget(Budget.Per.TIER, 20_000, "0.90"));

  /** The least output, and all that a session of 40 steps can have to read. */
  private static final Spent ONE_RESPONSE = new Spent(12_400, new BigDecimal("0.20"));

  private static Budget budget(Budget.Per per, long tokens, String usd) {
    Budget.Window window = per == Budget.Per.SESSION ? Budget.Window.SESSION : Budget.Window.DAY;
    return new Budget(per, window, Optional.of(tokens), Optional.of(new BigDecimal(usd)));
  }

  private static Metering open() {
    Clock noon = Clock.fixed(Instant.parse("2026-11-24T12:00:00Z"), ZoneOffset.UTC);
    try {
      return Metering.open(
          Settings.read(Environment.of(Map.of())).metering(),
          noon,
          new Telemetry().usage(),
          MemoryCluster.alone());
    } catch (IOException | InvalidSettings e) {
      throw new AssertionError(e);
    }
  }

  private static String nameOf(Budget.Per per, String session) {
    return switch (per) {
      case SESSION -> session;
      case USER -> "ann";
      case TENANT -> "acme";
      case TIER -> "gold";
    };
  }

  private static void assertHeld(Ledger ledger, String session, Spent oneResponse) {
    for (Budget budget : BUDGETS) {
      Spent committed =
          ledger.committed(budget.per(), nameOf(budget.per(), session), budget.window());
      assertThat(committed.tokens())
          .as("tokens of %s", budget)
          .isLessThanOrEqualTo(budget.tokens().orElseThrow() + oneResponse.tokens());
      assertThat(committed.cost())
          .as("dollars of %s", budget)
          .isLessThanOrEqualTo(budget.usd().orElseThrow().add(oneResponse.cost()));
    }
  }

  private static Spent larger(Spent one, Spent other) {
    return new Spent(Math.max(one.tokens(), other.tokens()), one.cost().max(other.cost()));
  }

  private static void assertSettled(Ledger ledger, List<PlayedSession> sessions) {
    Spent sum = Spent.NOTHING;
    for (PlayedSession session : sessions) {
      assertThat(session.billed()).isEqualTo(session.charged());
      sum = sum.plus(session.cost());
    }
    for (Budget.Per per : List.of(Budget.Per.USER, Budget.Per.TENANT, Budget.Per.TIER)) {
      Spent spent = ledger.spent(per, nameOf(per, ""), Budget.Window.DAY);
      assertThat(spent.tokens()).isEqualTo(sum.tokens());
      assertThat(spent.cost()).isEqualByComparingTo(sum.cost());
      Spent committed = ledger.committed(per, nameOf(per, ""), Budget.Window.DAY);
      assertThat(committed.tokens()).isEqualTo(spent.tokens());
      assertThat(committed.cost()).isEqualByComparingTo(spent.cost());
    }
  }

  @Test
  void holdsBudgetsWhateverSessionsDoInTurns() {
    Property.holds(150, BudgetPropertyTest::play);
  }

  private static void play(Choices choices) {
    Metering metering = open();
    Ledger ledger = metering.ledger();
    List<PlayedSession> sessions = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      sessions.add(new PlayedSession(metering, "s" + i, ANN, BUDGETS, choices::upTo));
    }
    Spent largest = Spent.NOTHING;
    while (choices.hasMore()) {
      int index = choices.upTo(3);
      PlayedSession session = sessions.get(index);
      if (!session.isOver()) {
        session.step();
      }
      largest = larger(largest, session.largest());
      assertHeld(ledger, "s" + index, largest);
    }
    sessions.forEach(PlayedSession::end);
    assertSettled(ledger, sessions);
  }

  /** As above, on threads of their own; each looks at the shared budgets after all it does. */
  @Test
  void holdsBudgetsWhateverSessionsDoAtTheSameTime() throws Exception {
    Metering metering = open();
    List<PlayedSession> all = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Callable<List<PlayedSession>>> work = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        int seed = thread;
        work.add(() -> playMany(metering, new Random(seed), seed));
      }
      for (Future<List<PlayedSession>> done : threads.invokeAll(work)) {
        all.addAll(done.get());
      }
    }

    assertSettled(metering.ledger(), all);
    assertThat(all.stream().mapToInt(PlayedSession::billed).sum()).isPositive();
  }

  private static List<PlayedSession> playMany(Metering metering, Random random, int thread) {
    List<PlayedSession> played = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      String name = "t" + thread + "." + i;
      PlayedSession session =
          new PlayedSession(metering, name, ANN, BUDGETS, most -> random.nextInt(most + 1));
      for (int step = 0; step < 40 && !session.isOver(); step++) {
        session.step();
        assertHeld(metering.ledger(), name, ONE_RESPONSE);
      }
      session.end();
      played.add(session);
    }
    return played;
  }
}
