package io.donna.gateway.guard;

import io.donna.gateway.realtime.EventId;
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
 * What the user has said and nobody has judged: audio that the client asks the upstream to commit,
 * items that are not yet written down, and transcripts at the guards. All of it together has one
 * timer. Confined to the session's event loop.
 */
final class PendingSpeech {
  /** A transcript takes a second or two; an upstream that makes none is not waited for longer. */
  private static final long TRANSCRIPT_SECONDS = 10;

  /** Commits, and items; more than these at once no one says. */
  private static final int MOST_OPEN = 64;

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

  /** Told which item will not be written down, empty for one that never was one, and why. */
  private final BiConsumer<String, Judgement.Failed> unheard;

  /** By the gateway's own ids, in their order. */
  private final Map<String, Commit> commits = new LinkedHashMap<>();

  private final Map<String, Item> items = new LinkedHashMap<>();

  /** The item that the upstream's own voice detection is about to commit. */
  private String found = "";

  private @Nullable ScheduledFuture<?> timer;

  PendingSpeech(EventLoop loop, BiConsumer<String, Judgement.Failed> unheard) {
    this.loop = loop;
    this.unheard = unheard;
  }

  /** Whether there is anything that a response might read and nobody has judged. */
  boolean isBusy() {
    return !commits.isEmpty() || !items.isEmpty();
  }

  /**
   * The client asks for what it has said to become an item.
   *
   * @return the id to ask the upstream by; empty where too many wait for an answer
   */
  Optional<String> committing(Optional<String> clientsId) {
    if (commits.size() >= MOST_OPEN) {
      return Optional.empty();
    }
    String id = EventId.next();
    commits.put(id, new Commit(clientsId, deadline()));
    startTimer();
    return Optional.of(id);
  }

  /** The upstream would not commit what it was asked to by {@code id}, if it was. */
  @Nullable Commit refused(String id) {
    return commits.remove(id);
  }

  /** The upstream has found the end of a turn by itself. */
  void found(String item) {
    found = item;
  }

  void committed(String item) {
    boolean ofServer = item.equals(found);
    found = "";
    if (!ofServer && !commits.isEmpty()) {
      commits.remove(commits.keySet().iterator().next());
    }
    items.remove(item); // said twice, it is one
    if (items.size() >= MOST_OPEN) {
      loop.execute(() -> unheard.accept(item, Judgement.Failed.ofWords("too many at once")));
    } else {
      items.put(item, new Item(deadline()));
      startTimer();
    }
  }

  /** The item is written down, and with the guards. */
  void transcribed(String item) {
    Item known = items.get(item);
    if (known != null) {
      known.isWritten = true;
    }
  }

  /** The item is taken out of the conversation, and something may have read it. */
  void deleted(String item) {
    Item known = items.get(item);
    if (known != null) {
      known.isDeleted = true;
    }
  }

  /** The upstream does not write the item down, for a reason of its own or for the client's. */
  Judgement.Failed failure(String item, String why) {
    Item known = items.get(item);
    return known != null && known.isDeleted
        ? Judgement.Failed.ofWords("deleted before it was judged")
        : Judgement.Failed.ofGuard(why);
  }

  /** The item is judged, or there is none any more. */
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
      unheard.accept("", Judgement.Failed.ofGuard("no answer to a commit"));
    }
    late.forEach(item -> unheard.accept(item, failure(item, "no transcript")));
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
