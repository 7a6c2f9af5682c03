package io.donna.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.cluster.ClaimAnswer.Granted;
import io.donna.gateway.cluster.ClaimAnswer.PlacesTaken;
import io.donna.gateway.cluster.ClaimAnswer.RateUsedUp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** What replicas count together, wherever the counts are. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class ClusterContract {
  private static final Duration WINDOW = Duration.ofSeconds(30);
  private static final int REPLICAS = 3;

  private final List<Cluster> replicas = new ArrayList<>();
  private int test;

  /** Starts what {@link #join} needs. */
  void prepare() {}

  abstract Cluster join();

  /** A name that no other test has. */
  private String owner(String name) {
    return name + " of test " + test;
  }

  @BeforeEach
  void countTests() {
    test++;
  }

  /** Sets up where the counts are, and joins the replicas that all tests use. */
  @BeforeAll
  void joinAll() {
    prepare();
    for (int i = 0; i < REPLICAS; i++) {
      replicas.add(join());
    }
    awaitReplicas(REPLICAS);
  }

  @AfterAll
  void leaveAll() {
    replicas.forEach(Cluster::close);
  }

  private void awaitReplicas(int number) {
    await()
        .atMost(Duration.ofSeconds(15))
        .until(() -> replicas.stream().allMatch(replica -> replica.replicas() == number));
  }

  private static ClaimAnswer now(CompletionStage<ClaimAnswer> answer) {
    return answer.toCompletableFuture().join();
  }

  private static Claim request(String owner, int most, Duration window) {
    return new Claim(
        owner, Optional.of(new Claim.Rate("upgrade", most, window, 1, window)), Optional.empty());
  }

  private Places<String> places(int replica) {
    return placesOf(replicas.get(replica));
  }

  private static Places<String> placesOf(Cluster replica) {
    return new Places<>(replica, Function.identity());
  }

  private static ClaimAnswer takeAndClaim(Places<String> places, String owner, int most) {
    int number = places.take(owner, most);
    if (number == 0) {
      return new PlacesTaken(places.of(owner));
    }
    ClaimAnswer answer = now(places.claim(owner, number, most, Optional.empty()));
    if (!(answer instanceof Granted)) {
      places.giveBack(owner);
    }
    return answer;
  }

  @Test
  void countsAWindowOfAllReplicasTogether() {
    for (int i = 1; i <= 10; i++) {
      assertThat(now(replicas.get(i % REPLICAS).claim(request(owner("address a"), 10, WINDOW))))
          .isInstanceOf(Granted.class)
          .extracting("used")
          .isEqualTo(i);
    }

    for (Cluster replica : replicas) {
      assertThat(now(replica.claim(request(owner("address a"), 10, WINDOW))))
          .isInstanceOfSatisfying(
              RateUsedUp.class,
              refused -> assertThat(refused.left()).isBetween(Duration.ofSeconds(1), WINDOW));
    }
    assertThat(now(replicas.getFirst().claim(request(owner("address b"), 10, WINDOW))))
        .isInstanceOf(Granted.class);
  }

  @Test
  void beginsAWindowAnewWhenItHasEnded() {
    Duration window = Duration.ofSeconds(2);
    assertThat(now(replicas.get(0).claim(request(owner("address a"), 1, window))))
        .isInstanceOf(Granted.class);
    assertThat(now(replicas.get(1).claim(request(owner("address a"), 1, window))))
        .isInstanceOf(RateUsedUp.class);

    await()
        .atMost(Duration.ofSeconds(5))
        .until(() ->
            now(replicas.get(2).claim(request(owner("address a"), 1, window))) instanceof Granted);
  }

  /**
   * Asked in its last millisecond, too, a window counts what is its own, and nothing of the next.
   */
  @Test
  void neverCountsARequestInTwoWindows() {
    Duration window = Duration.ofMillis(3);
    String owner = owner("address a");
    for (int i = 0; i < 3_000; i++) {
      if (now(replicas.get(0).claim(request(owner, 2, window))) instanceof Granted granted) {
        assertThat(granted.used()).isBetween(1, 2);
      }
    }
  }

  @Test
  void grantsExactlyAsManyRequestsAsThereAreWhoeverAsksAtOnce() {
    List<CompletionStage<ClaimAnswer>> asked =
        IntStream.range(0, 300)
            .mapToObj(
                i -> replicas.get(i % REPLICAS).claim(request(owner("address a"), 40, WINDOW)))
            .toList();

    assertThat(asked.stream().map(ClusterContract::now).filter(Granted.class::isInstance))
        .hasSize(40);
  }

  @Test
  void givesAnOwnerAsManyPlacesAsItMayHaveOnAllReplicasTogether() {
    List<Places<String>> places = IntStream.range(0, REPLICAS).mapToObj(this::places).toList();
    for (Places<String> replica : places) {
      assertThat(takeAndClaim(replica, owner("user a"), 3)).isInstanceOf(Granted.class);
    }

    for (Places<String> replica : places) {
      assertThat(takeAndClaim(replica, owner("user a"), 3)).isEqualTo(new PlacesTaken(3));
      assertThat(replica.of(owner("user a"))).isEqualTo(1);
    }
    assertThat(takeAndClaim(places.getFirst(), owner("user b"), 3)).isInstanceOf(Granted.class);

    places.get(2).giveBack(owner("user a"));
    awaitGranted(places.get(0), owner("user a"), 3);
    assertThat(takeAndClaim(places.get(1), owner("user a"), 3)).isInstanceOf(PlacesTaken.class);
  }

  /** A place that was given back is free as soon as that was heard. */
  private static void awaitGranted(Places<String> places, String owner, int most) {
    await()
        .atMost(Duration.ofSeconds(15))
        .until(() -> takeAndClaim(places, owner, most) instanceof Granted);
  }

  @Test
  void freesThePlacesOfAReplicaThatHasLeft() {
    Cluster leaving = join();
    assertThat(takeAndClaim(placesOf(leaving), owner("user a"), 1)).isInstanceOf(Granted.class);
    assertThat(takeAndClaim(places(0), owner("user a"), 1))
        .as("those of a replica that has just joined count")
        .isInstanceOf(PlacesTaken.class);

    leaving.close();

    awaitGranted(places(0), owner("user a"), 1);
    awaitReplicas(REPLICAS);
  }

  @Test
  void replacesADocumentOnceForEachVersion() {
    List<List<Cluster.Document>> heard = new ArrayList<>();
    for (Cluster replica : replicas) {
      List<Cluster.Document> documents = new CopyOnWriteArrayList<>();
      heard.add(documents);
      replica.follow(owner("operators"), documents::add);
    }

    Cluster.Document first = replace(0, 0, "a");
    assertThat(first.text()).isEqualTo("a");
    assertThat(replace(1, 0, "b")).as("too late").isEqualTo(first);
    Cluster.Document second = replace(2, first.version(), "c");
    assertThat(second.text()).isEqualTo("c");
    assertThat(second.version()).isGreaterThan(first.version());

    for (List<Cluster.Document> documents : heard) {
      await().atMost(Duration.ofSeconds(5)).until(() -> documents.contains(second));
      assertThat(documents.getFirst()).isIn(Cluster.Document.NONE, first, second);
    }
  }

  private Cluster.Document replace(int replica, long version, String text) {
    return replicas
        .get(replica)
        .replace(owner("operators"), version, text)
        .toCompletableFuture()
        .join()
        .orElseThrow();
  }

  @Test
  void hearsTheWordsOfAllReplicas() {
    Cluster leaving = join();
    exchange(leaving, Map.of("spent", "1", "held", "2"), List.of());
    exchange(replicas.get(1), Map.of("spent", "3"), List.of());
    exchange(leaving, Map.of("spent", "4", "held", ""), List.of());

    assertThat(exchange(replicas.get(2), Map.of(), List.of()))
        .allMatch(word -> word.isOfLive() && !word.isOwn())
        .extracting(word -> word.name() + word.text())
        .containsExactlyInAnyOrder("spent4", "spent3");

    leaving.close();
    awaitReplicas(REPLICAS);
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() ->
            assertThat(exchange(replicas.get(1), Map.of(), List.of()))
                .extracting(word -> word.text() + word.isOwn() + word.isOfLive())
                .containsExactlyInAnyOrder("4falsefalse", "3truetrue"));
    List<String> outdated =
        exchange(replicas.get(1), Map.of(), List.of()).stream()
            .filter(word -> !word.isOfLive())
            .map(Cluster.Word::key)
            .toList();
    assertThat(exchange(replicas.get(2), Map.of(), outdated))
        .extracting(Cluster.Word::text)
        .containsExactly("3");
  }

  @Test
  void forgetsWordsThatNobodyHasExchangedForSoLongAsTheyAreKept() {
    Cluster.Subject subject = new Cluster.Subject(owner("calls"), Duration.ofSeconds(1));
    say(0, subject, Map.of("live", "3"));
    assertThat(say(1, subject, Map.of())).hasSize(1);

    await().pollDelay(Duration.ofMillis(1_500)).until(() -> say(1, subject, Map.of()).isEmpty());
  }

  private List<Cluster.Word> say(int replica, Cluster.Subject subject, Map<String, String> words) {
    return replicas
        .get(replica)
        .exchange(subject, words, List.of())
        .toCompletableFuture()
        .join()
        .orElseThrow();
  }

  private List<Cluster.Word> exchange(
      Cluster replica, Map<String, String> words, List<String> outdated) {
    return replica
        .exchange(new Cluster.Subject(owner("user a"), WINDOW), words, outdated)
        .toCompletableFuture()
        .join()
        .orElseThrow();
  }

  /** Whatever order claims, refusals and returns come in, nothing is lost and nothing left over. */
  @Test
  void countsRightAfterAnyOrderOfClaimsAndReturns() {
    Random random = new Random(7);
    List<Places<String>> places = IntStream.range(0, REPLICAS).mapToObj(this::places).toList();
    int most = 5;
    int[] held = new int[REPLICAS];
    for (int round = 0; round < 60; round++) {
      List<CompletionStage<Boolean>> answers = new ArrayList<>();
      int[] asked = new int[REPLICAS];
      for (int i = 0; i < 8; i++) {
        int replica = random.nextInt(REPLICAS);
        if (held[replica] > 0 && random.nextBoolean()) {
          held[replica]--;
          places.get(replica).giveBack(owner("user a"));
          continue;
        }
        int number = places.get(replica).take(owner("user a"), most);
        if (number > 0) {
          asked[replica]++;
          answers.add(
              places
                  .get(replica)
                  .claim(owner("user a"), number, most, Optional.empty())
                  .thenApply(answer -> {
                    boolean granted = answer instanceof Granted;
                    if (!granted) {
                      places.get(replica).giveBack(owner("user a"));
                    }
                    return granted;
                  }));
        }
      }
      answers.forEach(answer -> answer.toCompletableFuture().join());
      for (int i = 0; i < REPLICAS; i++) {
        held[i] = places.get(i).of(owner("user a"));
      }
      assertThat(IntStream.of(held).sum()).as("round %d", round).isLessThanOrEqualTo(most);
    }
    for (int i = 0; i < REPLICAS; i++) {
      for (; held[i] > 0; held[i]--) {
        places.get(i).giveBack(owner("user a"));
      }
    }

    for (int i = 0; i < most; i++) {
      awaitGranted(places.get(i % REPLICAS), owner("user a"), most);
    }
    assertThat(takeAndClaim(places.get(0), owner("user a"), most)).isEqualTo(new PlacesTaken(most));
  }
}
