package io.donna.gateway.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.cluster.Claim;
import io.donna.gateway.cluster.ClaimAnswer;
import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.cluster.MemoryCluster;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Settings;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.metering.ReservationResult.InUse;
import io.donna.gateway.metering.ReservationResult.Reserved;
import io.donna.gateway.metering.ReservationResult.UsedUp;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import io.donna.gateway.telemetry.Telemetry;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Budgets that several replicas spend. */
class SharedSpendingTest {
  private static final int REPLICAS = 3;
  private static final long TOKENS = 10_000;
  private static final Clock NOON =
      Clock.fixed(Instant.parse("2026-11-24T12:00:00Z"), ZoneOffset.UTC);
  private static final Payer ANN = new Payer("ann", Optional.of("acme"), Optional.of("gold"));
  private static final Budget BUDGET =
      new Budget(Budget.Per.USER, Budget.Window.DAY, Optional.of(TOKENS), Optional.empty());
  private static final Duration SOON = Duration.ofSeconds(10);

  private final MemoryCluster memory = new MemoryCluster(System::nanoTime);
  private final List<Silenced> replicas = new ArrayList<>();
  private final List<Metering> meterings = new ArrayList<>();

  @BeforeEach
  void start() {
    for (int i = 0; i < REPLICAS; i++) {
      replicas.add(new Silenced(memory.join()));
    }
    replicas.forEach(replica -> meterings.add(open(replica)));
  }

  @AfterEach
  void stop() {
    meterings.forEach(Metering::close);
  }

  private static Metering open(Cluster cluster) {
    return open(cluster, NOON);
  }

  private static Metering open(Cluster cluster, Clock clock) {
    try {
      return Metering.open(
          Settings.read(Environment.of(Map.of())).metering(),
          clock,
          new Telemetry().usage(),
          cluster);
    } catch (IOException | InvalidSettings e) {
      throw new AssertionError(e);
    }
  }

  private Ledger ledger(int replica) {
    return meterings.get(replica).ledger();
  }

  private void watch(int replica) {
    watch(replica, BUDGET);
  }

  private void watch(int replica, Budget budget) {
    meterings.get(replica).watch(budget, "ann");
    meterings.get(replica).look(Budget.Per.USER, "ann").toCompletableFuture().join();
  }

  private void spend(int replica, long tokens) {
    ledger(replica).settle(Optional.empty(), charge(tokens));
  }

  private static Charge charge(long tokens) {
    return charge(tokens, NOON.instant());
  }

  private static Charge charge(long tokens, Instant time) {
    Usage usage = new Usage(new Tokens(tokens, 0, 0), Tokens.NONE, Tokens.NONE, BigDecimal.ZERO);
    return new Charge(
        time,
        "s",
        ANN,
        "m",
        Kind.RESPONSE,
        1,
        "id",
        "completed",
        false,
        usage,
        new BigDecimal("0.25"));
  }

  private ReservationResult reserve(int replica, long output) {
    WorstCaseCost worst = new WorstCaseCost(Spent.NOTHING, BigDecimal.ZERO, output);
    return ledger(replica).reserve("s" + replica, ANN, List.of(BUDGET), worst);
  }

  private Spent spentAt(int replica) {
    return ledger(replica).spent(Budget.Per.USER, "ann", Budget.Window.DAY);
  }

  private void awaitSpent(int replica, long tokens) {
    await().atMost(SOON).until(() -> spentAt(replica).tokens() == tokens);
  }

  /** A number of a billion digits would take all memory when it is added to another. */
  @Test
  void addsNothingThatNoReplicaWouldWrite() {
    replicas
        .get(2)
        .exchange(
            new Cluster.Subject("USER ann", SharedSpending.KEPT),
            Map.of(
                "DAY",
                NOON.instant().truncatedTo(ChronoUnit.DAYS).getEpochSecond() + " 7 1e999999999"),
            List.of())
        .toCompletableFuture()
        .join();
    watch(0);
    watch(1);
    spend(1, 5);

    awaitSpent(0, 5);
    assertThat(spentAt(0).cost()).isEqualByComparingTo("0.25");
  }

  @Test
  void countsWhatIsSpentOnAnyReplicaOnceOnEach() {
    for (int i = 0; i < REPLICAS; i++) {
      watch(i);
      spend(i, 100L * (i + 1));
    }

    for (int i = 0; i < REPLICAS; i++) {
      awaitSpent(i, 600);
      assertThat(spentAt(i).cost()).isEqualByComparingTo("0.75");
      assertThat(ledger(i).spent(Scope.TENANT, "other", Window.DAY)).isEqualTo(Spent.NOTHING);
    }
    replicas.forEach(Silenced::comeBack); // everything is stated again
    await().during(Duration.ofMillis(1_500)).atMost(SOON).until(() -> spentAt(0).tokens() == 600);
  }

  @Test
  void knowsWhatOthersHaveSpentWhenASessionBegins() {
    spend(0, TOKENS);
    await()
        .atMost(SOON)
        .until(() -> {
          watch(1);
          return reserve(1, 1).equals(new UsedUp(BUDGET));
        });
  }

  private static Budget budget(long tokens) {
    return new Budget(Budget.Per.USER, Budget.Window.DAY, Optional.of(tokens), Optional.empty());
  }

  private ReservationResult reserve(int replica, long output, Budget budget) {
    WorstCaseCost worst = new WorstCaseCost(Spent.NOTHING, BigDecimal.ZERO, output);
    return ledger(replica).reserve("s" + replica, ANN, List.of(budget), worst);
  }

  /** Policies are changed, and tokens have budgets of their own. */
  @Test
  void holdsNoBudgetToWhatIsLeftOfAnother() {
    Budget small = budget(1_000);
    Budget large = budget(1_000_000);
    watch(0, small);
    spend(0, 1_000);
    watch(0, large);
    watch(1, large);
    awaitSpent(1, 1_000);

    assertThat(reserve(0, 4_000, small)).isEqualTo(new UsedUp(small));
    assertThat(granted(reserve(0, 4_000, large))).isEqualTo(4_000);
    assertThat(granted(reserve(1, 4_000, large))).isEqualTo(4_000);

    meterings.get(0).unwatch(small, "ann");
    meterings.get(0).unwatch(large, "ann");
    watch(0, large);
    assertThat(granted(reserve(0, 4_000, large))).isEqualTo(4_000);
  }

  @Test
  void spendsItsPartOfABudgetThatItHasNeverHeardOfWhileNobodyAnswers() {
    replicas.forEach(Silenced::silence);
    long spent = 0;
    while (reserve(0, 500) instanceof Reserved(Reservation reservation)) {
      ledger(0).settle(Optional.of(reservation), charge(reservation.outputTokens));
      spent += reservation.outputTokens;
    }

    assertThat(spent).isBetween(TOKENS / REPLICAS - Ledger.MIN_OUTPUT, TOKENS / REPLICAS);
  }

  @Test
  void losesNothingToAReplicaWhoseClockIsAhead() {
    watch(0);
    watch(1);
    spend(0, TOKENS);
    awaitSpent(1, TOKENS);
    try (Metering ahead =
        open(new Silenced(memory.join()), Clock.offset(NOON, Duration.ofDays(40)))) {
      ahead.ledger().settle(Optional.empty(), charge(1, ahead.clock().instant()));
      ahead.look(Budget.Per.USER, "ann").toCompletableFuture().join();

      watch(2);
      assertThat(spentAt(2).tokens()).isEqualTo(TOKENS);
      assertThat(reserve(2, 1)).isEqualTo(new UsedUp(BUDGET));
    }
  }

  @Test
  void leavesNoWordsOfReplicasThatAreGone() {
    watch(0);
    watch(1);
    assertThat(words()).contains("sessions", "held " + Account.key(BUDGET));
    replicas.get(0).close();
    replicas.get(1).close();

    watch(2);
    spend(2, 1);
    await()
        .atMost(SOON)
        .until(() -> words().stream().filter(name -> !name.matches("[A-Z]+")).count() == 2);
    meterings.get(2).unwatch(BUDGET, "ann");
    await().atMost(SOON).until(() -> words().stream().allMatch(name -> name.matches("[A-Z]+")));
  }

  private List<String> words() {
    return replicas
        .get(2)
        .exchange(new Cluster.Subject("USER ann", SharedSpending.KEPT), Map.of(), List.of())
        .toCompletableFuture()
        .join()
        .orElseThrow()
        .stream()
        .map(Cluster.Word::name)
        .toList();
  }

  @Test
  void keepsWhatALostReplicaHasSpentAndFreesWhatItHadReserved() {
    watch(0);
    spend(0, 1_000);
    assertThat(reserve(0, 8_000)).isInstanceOf(Reserved.class);
    watch(1);
    awaitSpent(1, 1_000);
    assertThat(granted(ledger(1), TOKENS)).as("the other holds the rest").isLessThan(3_000);

    replicas.get(0).silence(); // it says nothing more, not even that it ends
    replicas.get(0).close();

    await().atMost(SOON).until(() -> granted(ledger(1), TOKENS) == 4_500); // the half
    assertThat(spentAt(1).tokens()).isEqualTo(1_000);
    watch(2);
    assertThat(spentAt(2).tokens()).isEqualTo(1_000);
  }

  @Test
  void spendsWhatItHoldsAndNoMoreWhileNobodyAnswers() {
    for (int i = 0; i < REPLICAS; i++) {
      watch(i);
    }
    spend(0, 1_000);
    for (int i = 0; i < REPLICAS; i++) {
      awaitSpent(i, 1_000);
    }
    replicas.forEach(Silenced::silence);

    long[] held = IntStream.range(0, REPLICAS).mapToLong(i -> granted(ledger(i), TOKENS)).toArray();
    assertThat(LongStream.of(held).min().orElseThrow()).isGreaterThan(500);
    assertThat(LongStream.of(held).sum()).as("of all together").isLessThanOrEqualTo(9_000);
    spend(2, held[2]);
    assertThat(reserve(2, 1)).as("what is left may be others'").isEqualTo(new InUse(BUDGET));
    assertThat(granted(ledger(0), TOKENS)).isEqualTo(held[0]);

    replicas.forEach(Silenced::comeBack);
    awaitSpent(0, 1_000 + held[2]);
    await().atMost(SOON).until(() -> reserve(2, 1) instanceof Reserved);
  }

  private static long granted(ReservationResult result) {
    return ((Reserved) result).reservation().outputTokens;
  }

  /**
   * All replicas spend as fast as they can, each response as large as it may be. What
   * docs/cluster.md states as the bound holds: one response of each replica.
   */
  @Test
  void spendsABudgetFromAllReplicasWithoutMuchMore() throws InterruptedException {
    long largest = 2_000;
    Random random = new Random(11);
    for (int i = 0; i < REPLICAS; i++) {
      watch(i);
    }
    awaitSharers();
    boolean[] usedUp = new boolean[REPLICAS];
    while (IntStream.range(0, REPLICAS).anyMatch(i -> !usedUp[i])) {
      for (int i = 0; i < REPLICAS; i++) {
        switch (reserve(i, largest)) {
          case Reserved(Reservation reservation) -> {
            long tokens = 1 + random.nextLong(reservation.outputTokens);
            ledger(i).settle(Optional.of(reservation), charge(tokens));
          }
          case UsedUp _ -> usedUp[i] = true;
          default -> {}
        }
      }
      Thread.sleep(5);
    }
    long all =
        IntStream.range(0, REPLICAS)
            .mapToLong(i -> ledger(i).ownSpent(Budget.Per.USER, "ann", Budget.Window.DAY).tokens())
            .sum();
    assertThat(all).isBetween(TOKENS, TOKENS + REPLICAS * Ledger.MIN_OUTPUT);
  }

  /** Each has heard of the others, and of what they hold. */
  private void awaitSharers() {
    await()
        .atMost(SOON)
        .until(() ->
            IntStream.range(0, REPLICAS)
                .allMatch(i -> granted(ledger(i), TOKENS) <= TOKENS / REPLICAS));
  }

  /** What a reservation of everything would get; it is given back. */
  private static long granted(Ledger ledger, long output) {
    WorstCaseCost worst = new WorstCaseCost(Spent.NOTHING, BigDecimal.ZERO, output);
    if (ledger.reserve("s", ANN, List.of(BUDGET), worst) instanceof Reserved(Reservation it)) {
      ledger.release(it);
      return it.outputTokens;
    }
    return output;
  }

  /** A replica that can be cut off from the others. */
  private static final class Silenced implements Cluster {
    private final Cluster cluster;
    private final List<Consumer<Boolean>> listeners = new ArrayList<>();
    private volatile boolean silent;

    Silenced(Cluster cluster) {
      this.cluster = cluster;
    }

    void silence() {
      silent = true;
      listeners.forEach(listener -> listener.accept(false));
    }

    void comeBack() {
      silent = false;
      listeners.forEach(listener -> listener.accept(true));
    }

    @Override
    public boolean isShared() {
      return true;
    }

    @Override
    public boolean isAnswering() {
      return !silent;
    }

    @Override
    public Duration outage() {
      return Duration.ZERO;
    }

    @Override
    public boolean failsClosed() {
      return false;
    }

    @Override
    public int replicas() {
      return cluster.replicas();
    }

    @Override
    public CompletionStage<ClaimAnswer> claim(Claim claim) {
      return cluster.claim(claim);
    }

    @Override
    public CompletionStage<Boolean> state(String owner, int places) {
      return cluster.state(owner, places);
    }

    @Override
    public CompletionStage<Optional<List<Word>>> exchange(
        Subject subject, Map<String, String> words, List<String> outdated) {
      return silent
          ? CompletableFuture.completedStage(Optional.empty())
          : cluster.exchange(subject, words, outdated);
    }

    @Override
    public CompletionStage<Optional<Document>> replace(String name, long version, String text) {
      return cluster.replace(name, version, text);
    }

    @Override
    public void follow(String name, Consumer<Document> listener) {
      cluster.follow(name, listener);
    }

    @Override
    public void follow(PlaceSource places) {
      cluster.follow(places);
    }

    @Override
    public void onChange(Consumer<Boolean> listener) {
      listeners.add(listener);
    }

    @Override
    public void close() {
      cluster.close();
    }
  }
}
