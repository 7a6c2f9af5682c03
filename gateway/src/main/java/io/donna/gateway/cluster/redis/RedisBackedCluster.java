package io.donna.gateway.cluster.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.cluster.Claim;
import io.donna.gateway.cluster.ClaimAnswer;
import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.config.ClusterSettings;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts in Redis or Valkey, by scripts that each run as one step (ADR 30). A thread of its own
 * says every second that this replica is alive, learns which others are, connects again, and states
 * this replica's places anew where Redis may have lost them. Safe from any thread.
 */
public final class RedisBackedCluster implements Cluster {
  private static final Logger LOG = LoggerFactory.getLogger(RedisBackedCluster.class);

  private static final Duration BEAT = Duration.ofSeconds(1);

  /** Without a beat for so long, a replica is taken for lost, and its places are free. */
  private static final Duration ALIVE = Duration.ofSeconds(10);

  /** Longer than an admission's: a beat that is late for a moment says nothing. */
  private static final Duration BEAT_TIMEOUT = Duration.ofSeconds(1);

  /** Redis drops what nobody states for an hour. */
  private static final Duration RESTATEMENT = Duration.ofMinutes(10);

  /** A Redis that loses an answer now and then is not asked to take everything each time. */
  private static final Duration LEAST = Duration.ofSeconds(5);

  /** The first answers come late: scripts are not known yet, and nothing is compiled. */
  private static final int FIRST_BEATS = 3;

  /**
   * So many beats after its return, a replica states its places: what it states is dropped by those
   * whose list of replicas is from before.
   */
  private static final int BEATS_OF_RETURN = 3;

  /**
   * So long after Redis was lost, a replica waits for the others to be back before it asks Redis
   * for anything: until they have stated what they hold, Redis would grant it all that is theirs.
   * One that has not come by then has died.
   */
  private static final Duration OTHERS_RETURN = Duration.ofSeconds(10);

  /** So many beats after all others are listed again, they have stated their places. */
  private static final int BEATS_OF_ALL = 2;

  /** After so many beats in a row without an answer, the connection is taken for dead. */
  private static final int MOST_LOST_BEATS = 3;

  private static final char SEPARATOR = '|';

  /** Statements that Redis gets at once: others wait for it, too. */
  private static final int AT_ONCE = 500;

  private final ClusterSettings settings;
  private final RedisConnection redis;
  private final List<PlaceSource> sources = new CopyOnWriteArrayList<>();
  private final SharedDocuments documents;
  private final RedisAvailability availability;
  private final String name;
  private final Thread thread;

  private volatile Members members = Members.NOBODY;

  /** The number of replicas while claims were last answered: a Redis that returns knows fewer. */
  private volatile int lastReplicas = 1;

  /** Whether Redis may not know some of this replica's places. */
  private volatile boolean mustRestate;

  private volatile boolean closed;

  /** Of the cluster's thread: beats in a row without an answer. */
  private int lostBeats;

  /** Of the cluster's thread: beats for which all places are still stated. */
  private int returning;

  /** Of the cluster's thread: whether the last turn failed, though Redis may know of it. */
  private boolean wasLost;

  /** Of the cluster's thread: beats in a row at which as many were listed as before the outage. */
  private int complete;

  /** Of the cluster's thread: when the others have had time to return, too. */
  private long othersReturn = now();

  /** Of the cluster's thread: when all places were stated last. */
  private long restated = now();

  private RedisBackedCluster(ClusterSettings settings) {
    this.settings = settings;
    this.redis = new RedisConnection(settings.redis());
    this.documents = new SharedDocuments(redis, name -> key(name, "document"), BEAT_TIMEOUT);
    this.availability = new RedisAvailability(settings.failsClosed(), this::replicas);
    this.name =
        "%06x.%s".formatted(ThreadLocalRandom.current().nextInt(1 << 24), settings.replica());
    this.thread = Thread.ofPlatform().daemon().name("cluster").unstarted(this::run);
  }

  /**
   * Joins the cluster. If Redis does not answer within seconds, starts without, as it goes on when
   * Redis is lost.
   */
  public static RedisBackedCluster join(ClusterSettings settings) {
    RedisBackedCluster cluster = new RedisBackedCluster(settings);
    try {
      for (int i = 0; i < FIRST_BEATS && !cluster.isAnswering(); i++) {
        cluster.turn();
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
    cluster.thread.start();
    return cluster;
  }

  /**
   * Tries once whether the cluster could be joined, as a replica that leaves at once.
   *
   * @return why not, in words without a full stop; empty if it could
   */
  public static Optional<String> probe(ClusterSettings settings) throws InterruptedException {
    RedisBackedCluster cluster = new RedisBackedCluster(settings);
    try {
      await(cluster.redis.reopen(), BEAT_TIMEOUT.multipliedBy(3));
      cluster.beat();
      cluster.leave();
      return Optional.empty();
    } catch (ExecutionException | TimeoutException failure) {
      return Optional.of(RedisFault.words(failure));
    } finally {
      cluster.redis.close();
    }
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public boolean isAnswering() {
    return availability.isAnswering();
  }

  @Override
  public Duration outage() {
    return availability.outage();
  }

  @Override
  public boolean failsClosed() {
    return settings.failsClosed();
  }

  @Override
  public int replicas() {
    int listed = 1 + members.others().size();
    return isAnswering() ? listed : Math.max(listed, lastReplicas);
  }

  @Override
  public void follow(PlaceSource places) {
    sources.add(places);
  }

  @Override
  public void onChange(Consumer<Boolean> listener) {
    availability.onChange(listener);
  }

  @Override
  public CompletionStage<ClaimAnswer> claim(Claim claim) {
    Members now = members;
    List<String> keys =
        List.of(
            key(claim.owner(), "rate:" + claim.rate().map(Claim.Rate::kind).orElse("")),
            key(claim.owner(), "places"));
    List<String> arguments = new ArrayList<>(6 + now.others().size());
    arguments.add(claim.rate().map(rate -> String.valueOf(rate.requests())).orElse("0"));
    arguments.add(claim.rate().map(rate -> String.valueOf(rate.window().toMillis())).orElse("0"));
    arguments.add(claim.place().map(place -> String.valueOf(place.most())).orElse("0"));
    arguments.add(claim.place().map(place -> String.valueOf(place.takenHere())).orElse("0"));
    arguments.add(now.me());
    arguments.add(now.time());
    arguments.addAll(now.others());
    return redis
        .run(RedisScript.CLAIM, keys, arguments)
        .toCompletableFuture()
        .copy()
        .orTimeout(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)
        .handle((answer, failure) -> failure == null ? read(answer) : lost(failure));
  }

  private ClaimAnswer read(List<Object> answer) {
    availability.answered();
    return switch ((int) number(answer, 0)) {
      case 0 -> new ClaimAnswer.Granted((int) number(answer, 1), millis(answer, 2));
      case 1 -> new ClaimAnswer.RateUsedUp(millis(answer, 2));
      default -> new ClaimAnswer.PlacesTaken(number(answer, 1));
    };
  }

  private static long number(List<Object> answer, int index) {
    return (Long) answer.get(index);
  }

  private static Duration millis(List<Object> answer, int index) {
    return Duration.ofMillis(number(answer, index));
  }

  private ClaimAnswer lost(Throwable failure) {
    mustRestate = true;
    availability.unanswered(failure);
    return new ClaimAnswer.Unanswered();
  }

  @Override
  public CompletionStage<Boolean> state(String owner, int places) {
    if (!isAnswering()) {
      mustRestate = true;
      return CompletableFuture.completedStage(false);
    }
    return stating(owner, places);
  }

  @Override
  public CompletionStage<Optional<List<Word>>> exchange(
      Subject subject, Map<String, String> words, List<String> outdated) {
    if (!isAnswering()) {
      return CompletableFuture.completedStage(Optional.empty());
    }
    Members now = members;
    List<String> arguments = new ArrayList<>(1 + 2 * words.size());
    arguments.add(String.valueOf(subject.kept().toMillis()));
    words.forEach((word, text) -> {
      arguments.add(word + SEPARATOR + now.me());
      arguments.add(text);
    });
    outdated.forEach(key -> {
      arguments.add(key);
      arguments.add("");
    });
    return redis
        .run(RedisScript.EXCHANGE, List.of(key(subject.name(), "words")), arguments)
        .toCompletableFuture()
        .copy()
        .orTimeout(BEAT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS) // no admission waits for it
        .handle((answer, failure) ->
            failure == null ? Optional.of(words(answer, now)) : Optional.empty());
  }

  /** What the pairs of a hash say: a name with the replica that said it, and its text. */
  private static List<Word> words(List<Object> pairs, Members now) {
    List<Word> words = new ArrayList<>(pairs.size() / 2);
    for (int i = 0; i + 1 < pairs.size(); i += 2) {
      String field = String.valueOf(pairs.get(i));
      int separator = field.lastIndexOf(SEPARATOR);
      if (separator >= 0) {
        String replica = field.substring(separator + 1);
        words.add(
            new Word(
                field,
                field.substring(0, separator),
                String.valueOf(pairs.get(i + 1)),
                replica.equals(now.me()),
                now.areWith(replica)));
      }
    }
    return words;
  }

  @Override
  public CompletionStage<Optional<Document>> replace(String name, long version, String text) {
    return documents.replace(name, version, text);
  }

  @Override
  public void follow(String name, Consumer<Document> listener) {
    documents.follow(name, listener);
  }

  /** Whether Redis has taken it. */
  private CompletionStage<Boolean> stating(String owner, int places) {
    return redis
        .run(
            RedisScript.STATE,
            List.of(key(owner, "places")),
            List.of(members.me(), String.valueOf(places)))
        .handle((answer, failure) -> {
          if (failure != null) {
            mustRestate = true;
          }
          return failure == null;
        });
  }

  /**
   * A key of an owner. All keys of one are on one server of a Redis Cluster, by the part in braces:
   * a hash, as names are of any length and any characters.
   */
  private String key(String owner, String what) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(owner.getBytes(UTF_8));
      String tag = Base64.getUrlEncoder().withoutPadding().encodeToString(hash).substring(0, 22);
      return settings.prefix() + "{" + tag + "}:" + what;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private void run() {
    while (!closed) {
      try {
        // At their own times: replicas that lost Redis together must not return together.
        Thread.sleep(BEAT.toMillis() * 3 / 4 + ThreadLocalRandom.current().nextLong(500));
        turn();
      } catch (InterruptedException stop) {
        return;
      } catch (RuntimeException defect) {
        LOG.error("internal error: the cluster goes on with its next beat", defect);
        availability.turnOff(defect);
      }
    }
  }

  /** One beat, and what follows from it. */
  private void turn() throws InterruptedException {
    try {
      if (lostBeats >= MOST_LOST_BEATS || !redis.isOpen()) {
        await(redis.reopen(), BEAT_TIMEOUT.multipliedBy(3));
      }
      boolean isReturn = !members.me().isEmpty();
      long begun = now();
      boolean wasAlive = beat();
      boolean inTime = now() - begun <= settings.timeout().toNanos();
      lostBeats = 0;
      if (wasAlive && !wasLost && isAnswering()) {
        lastReplicas = replicas();
      }
      if (isReturn && (wasLost || !wasAlive)) {
        othersReturn = now() + OTHERS_RETURN.toNanos();
        complete = 0;
        availability.turnOff(new TimeoutException("it has forgotten this replica"));
      }
      wasLost = false;
      returning = wasAlive && isAnswering() ? Math.max(0, returning - 1) : BEATS_OF_RETURN;
      long since = now() - restated;
      boolean isDue = since > RESTATEMENT.toNanos() || (mustRestate && since > LEAST.toNanos());
      if (returning > 0 || isDue) {
        restate();
        restated = now();
      }
      complete = members.others().size() + 1 >= lastReplicas ? complete + 1 : 0;
      boolean othersAreBack = complete >= BEATS_OF_ALL || now() - othersReturn >= 0;
      if (!isAnswering() && inTime && othersAreBack) {
        availability.turnOn();
        restate(); // whoever came before claims were asked again
      }
      documents.look();
    } catch (ExecutionException | TimeoutException failure) {
      lostBeats++;
      wasLost = true;
      availability.turnOff(failure);
    }
  }

  /** Returns whether this replica counted as alive until now. */
  private boolean beat() throws InterruptedException, ExecutionException, TimeoutException {
    List<String> arguments = List.of(String.valueOf(ALIVE.toMillis()), name, members.me());
    List<String> keys = List.of(settings.prefix() + "replicas");
    List<Object> answer = await(redis.run(RedisScript.BEAT, keys, arguments), BEAT_TIMEOUT);
    members = Members.read(answer);
    return "1".equals(String.valueOf(answer.get(1)));
  }

  /** States all places of this replica. */
  private void restate() throws InterruptedException, ExecutionException, TimeoutException {
    mustRestate = false;
    List<CompletionStage<Boolean>> sent = new ArrayList<>(AT_ONCE);
    for (PlaceSource places : sources) {
      for (Runnable statement :
          places.statements((owner, taken) -> {
            CompletionStage<Boolean> heard = stating(owner, taken);
            sent.add(heard);
            return heard;
          })) {
        statement.run();
        if (sent.size() >= AT_ONCE) {
          awaitAll(sent);
        }
      }
    }
    awaitAll(sent);
  }

  private static void awaitAll(List<CompletionStage<Boolean>> sent)
      throws InterruptedException, ExecutionException, TimeoutException {
    CompletableFuture<?>[] all =
        sent.stream().map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new);
    await(CompletableFuture.allOf(all), BEAT_TIMEOUT);
    sent.clear();
  }

  private void leave() throws InterruptedException, ExecutionException, TimeoutException {
    List<String> keys = List.of(settings.prefix() + "replicas");
    await(redis.run(RedisScript.LEAVE, keys, List.of(members.me())), BEAT_TIMEOUT);
  }

  private static <T> T await(CompletionStage<T> answer, Duration patience)
      throws InterruptedException, ExecutionException, TimeoutException {
    return answer.toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static long now() {
    return System.nanoTime();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(BEAT_TIMEOUT);
      if (isAnswering()) {
        leave();
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException unheard) {
      // Redis forgets this replica by itself.
    }
    redis.close();
  }
}
