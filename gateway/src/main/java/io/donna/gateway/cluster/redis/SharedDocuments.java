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

/**
 * The documents that replicas share: replaced by compare-and-swap, and looked at with each beat.
 * {@link #look} is for one thread, all else for any.
 */
final class SharedDocuments {
  /** A document and the version of it that its listener knows. */
  private static final class Followed {
    private final String name;
    private final Consumer<Document> listener;
    private long known = -1;

    /** Whether somebody here could not replace it, and is to look at it again. */
    private volatile boolean mustTell;

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

  void follow(String name, Consumer<Document> listener) {
    followed.add(new Followed(name, listener));
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
      long known = document.mustTell ? -1 : document.known;
      List<Object> answer =
          redis
              .run(
                  RedisScript.DOCUMENT,
                  List.of(keyOf.apply(document.name)),
                  List.of(String.valueOf(known)))
              .toCompletableFuture()
              .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
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

  /** Reads what document.lua returns. */
  private static Document read(List<Object> answer) {
    return new Document(
        Long.parseLong(String.valueOf(answer.getFirst())), String.valueOf(answer.getLast()));
  }
}
