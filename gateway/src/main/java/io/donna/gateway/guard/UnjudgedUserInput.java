package io.donna.gateway.guard;

import io.donna.gateway.event.EventId;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The user's speech that is not judged: commits that the upstream has not answered, items without a
 * transcript, and transcripts that are being judged. One timer serves all of it. Confined to the
 * session's event loop.
 */
final class UnjudgedUserInput {
  /** A transcript takes a second or two; the upstream is not waited for any longer than this. */
  private static final long TRANSCRIPT_SECONDS = 10;

  /** The limit of commits, and of items. No speaker has more at once. */
  private static final int MAX_OPEN = 64;

  /** A client's commit that the upstream has not answered. */
  record Commit(Optional<String> clientsId, long deadline) {}

  private static final class Item {
    private final long deadline;
    private boolean isWritten;
    private boolean isDeleted;

    Item(long deadline) {
      this.deadline = deadline;
    }
  }

  private final EventLoop loop;

  /**
   * Called with an item that will have no transcript, and why; the item is empty for a lost commit.
   */
  private final BiConsumer<String, Judgement.Failed> onNoTranscript;

  /** By the gateway's event IDs, in order. */
  private final Map<String, Commit> commits = new LinkedHashMap<>();

  private final Map<String, Item> items = new LinkedHashMap<>();

  /** The item that the upstream's voice activity detection is about to commit. */
  private String found = "";

  private @Nullable ScheduledFuture<?> timer;

  UnjudgedUserInput(EventLoop loop, BiConsumer<String, Judgement.Failed> onNoTranscript) {
    this.loop = loop;
    this.onNoTranscript = onNoTranscript;
  }

  /** Whether there is unjudged speech that a response might read. */
  boolean isBusy() {
    return !commits.isEmpty() || !items.isEmpty();
  }

  /**
   * Records that the client commits its audio buffer.
   *
   * @return the event ID to commit with; empty if too many commits are unanswered
   */
  Optional<String> committing(Optional<String> clientsId) {
    if (commits.size() >= MAX_OPEN) {
      return Optional.empty();
    }
    String id = EventId.next();
    commits.put(id, new Commit(clientsId, deadline()));
    startTimer();
    return Optional.of(id);
  }

  /** Removes the commit that the upstream refused; null if {@code id} is no commit's. */
  @Nullable Commit refused(String id) {
    return commits.remove(id);
  }

  /** Records that the upstream has detected the end of a turn. */
  void found(String item) {
    found = item;
  }

  void committed(String item) {
    boolean ofServer = item.equals(found);
    found = "";
    if (!ofServer && !commits.isEmpty()) {
      commits.remove(commits.keySet().iterator().next());
    }
    items.remove(item); // a repeated event is about the same item
    if (items.size() >= MAX_OPEN) {
      loop.execute(() -> onNoTranscript.accept(item, Judgement.Failed.ofWords("too many at once")));
    } else {
      items.put(item, new Item(deadline()));
      startTimer();
    }
  }

  /** Records that the item has a transcript, which is being judged. */
  void transcribed(String item) {
    Item known = items.get(item);
    if (known != null) {
      known.isWritten = true;
    }
  }

  /** Records that the item was deleted, although a response may have read it. */
  void deleted(String item) {
    Item known = items.get(item);
    if (known != null) {
      known.isDeleted = true;
    }
  }

  /** Why the item has no transcript: inherent if it was deleted, else the upstream's failure. */
  Judgement.Failed failure(String item, String why) {
    Item known = items.get(item);
    return known != null && known.isDeleted
        ? Judgement.Failed.ofWords("deleted before it was judged")
        : Judgement.Failed.ofGuard(why);
  }

  /** Removes an item that was judged, or no longer exists. */
  void settled(String item) {
    items.remove(item);
  }

  private long deadline() {
    return loop.ticker().nanoTime() + TimeUnit.SECONDS.toNanos(TRANSCRIPT_SECONDS);
  }

  private void startTimer() {
    if (timer != null) {
      return;
    }
    long first = Long.MAX_VALUE;
    long now = loop.ticker().nanoTime();
    for (Commit commit : commits.values()) {
      first = Math.min(first, commit.deadline - now);
    }
    for (Item item : items.values()) {
      first = item.isWritten ? first : Math.min(first, item.deadline - now);
    }
    if (first != Long.MAX_VALUE) {
      timer = loop.schedule(this::onTimer, first, TimeUnit.NANOSECONDS);
    }
  }

  private void onTimer() {
    timer = null;
    long now = loop.ticker().nanoTime();
    boolean lost = false;
    for (Iterator<Commit> each = commits.values().iterator(); each.hasNext(); ) {
      if (each.next().deadline - now <= 0) {
        each.remove();
        lost = true;
      }
    }
    List<String> late = new ArrayList<>();
    items.forEach((item, known) -> {
      if (!known.isWritten && known.deadline - now <= 0) {
        late.add(item);
      }
    });
    if (lost) {
      onNoTranscript.accept("", Judgement.Failed.ofGuard("no answer to a commit"));
    }
    late.forEach(item -> onNoTranscript.accept(item, failure(item, "no transcript")));
    startTimer();
  }

  void end() {
    if (timer != null) {
      timer.cancel(false);
    }
    commits.clear();
    items.clear();
  }
}
