package io.donna.gateway.cluster.redis;

import io.donna.gateway.cluster.Cluster.Document;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The documents that replicas share: replaced by compare-and-swap, and looked at with each beat.
 * {@link #look} is for one thread, all else for any.
 */
final class SharedDocuments {
  private static final Logger LOG = LoggerFactory.getLogger(SharedDocuments.class);

  private static final Pattern VERSION = Pattern.compile("\\d{1,18}");

  /** No document has this version. */
  private static final long NEVER_KNOWN = -1;

  /** A document and the version of it that its listener knows. */
  private static final class Followed {
    private final String name;
    private final Consumer<Document> listener;
    private long known = NEVER_KNOWN;

    /** Whether somebody here could not replace it, and is to look at it again. */
    private volatile boolean mustTell;

    /** Whether operators know that it cannot be read. */
    private boolean isDamaged;

    Followed(String name, Consumer<Document> listener) {
      this.name = name;
      this.listener = listener;
    }
  }

  private final RedisConnection redis;
  private final UnaryOperator<String> keyOf;
  private final Duration timeout;
  private final List<Followed> followed = new CopyOnWriteArrayList<>();

  /**
   * @param keyOf the key of a document by its name
   */
  SharedDocuments(RedisConnection redis, UnaryOperator<String> keyOf, Duration timeout) {
    this.redis = redis;
    this.keyOf = keyOf;
    this.timeout = timeout;
  }

  /** Tells {@code listener} of the document at once, if Redis answers, and then of changes. */
  void follow(String name, Consumer<Document> listener) {
    followed.add(new Followed(name, listener));
    ask(name, NEVER_KNOWN).thenAccept(answer -> listener.accept(read(answer)));
  }

  private CompletionStage<List<Object>> ask(String name, long known) {
    return redis.run(
        RedisScript.DOCUMENT, List.of(keyOf.apply(name)), List.of(String.valueOf(known)));
  }

  CompletionStage<Optional<Document>> replace(String name, long version, String text) {
    return redis
        .run(
            RedisScript.DOCUMENT,
            List.of(keyOf.apply(name)),
            List.of(String.valueOf(version), text))
        .toCompletableFuture()
        .copy()
        .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .handle((answer, failure) -> {
          if (failure == null) {
            return Optional.of(read(answer));
          }
          followed.stream()
              .filter(document -> document.name.equals(name))
              .forEach(document -> document.mustTell = true);
          return Optional.empty();
        });
  }

  /** Tells listeners of documents that have changed, or that could not be replaced. */
  void look() throws InterruptedException, ExecutionException, TimeoutException {
    for (Followed document : followed) {
      List<Object> answer = look(document);
      if (answer.size() > 1) {
        document.mustTell = false; // whoever cannot replace it now sets it again
        Document now = read(answer);
        if (now.version() < document.known) {
          document.listener.accept(Document.NONE); // lost, and perhaps written anew
        }
        document.known = now.version();
        document.listener.accept(now);
      }
    }
  }

  /**
   * What document.lua returns; nothing if the key is not what a replica has written, which is no
   * reason to do without Redis.
   */
  private List<Object> look(Followed document)
      throws InterruptedException, ExecutionException, TimeoutException {
    try {
      List<Object> answer =
          ask(document.name, document.mustTell ? NEVER_KNOWN : document.known)
              .toCompletableFuture()
              .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      document.isDamaged = false;
      return answer;
    } catch (ExecutionException failure) {
      if (!RedisFault.isOfKey(failure)) {
        throw failure;
      }
      if (!document.isDamaged) {
        LOG.error(
            "what replicas share as \"{}\" in Redis cannot be read, and is left out: {}",
            document.name,
            RedisFault.words(failure));
      }
      document.isDamaged = true;
      return List.of();
    }
  }

  /** Reads what document.lua returns; a version that no replica has written is none. */
  private static Document read(List<Object> answer) {
    String version = String.valueOf(answer.getFirst());
    return VERSION.matcher(version).matches()
        ? new Document(Long.parseLong(version), String.valueOf(answer.getLast()))
        : Document.NONE;
  }
}
