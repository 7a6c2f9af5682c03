package io.donna.gateway.guard;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the user has said and nobody has judged: audio that the client asks the upstream to commit,
 * items that are not yet written down, and transcripts at the guards. Confined to the session's
 * event loop.
 */
final class Hearing {
  /** A transcript takes a second or two; an upstream that makes none is not waited for longer. */
  private static final long TRANSCRIPT_SECONDS = 10;

  /** What waits; more than these at once no one says. */
  private static final int MOST_OPEN = 64;

  private final EventLoop loop;

  /** Told which item will not be written down, empty for one that never was one, and why. */
  private final BiConsumer<String, String> unheard;

  private final Map<String, ScheduledFuture<?>> commits = new LinkedHashMap<>();
  private final Map<String, ScheduledFuture<?>> items = new LinkedHashMap<>();

  /** The item that the upstream's own voice detection is about to commit. */
  private String found = "";

  Hearing(EventLoop loop, BiConsumer<String, String> unheard) {
    this.loop = loop;
    this.unheard = unheard;
  }

  /** Whether there is anything that a response might read and nobody has judged. */
  boolean isBusy() {
    return !commits.isEmpty() || !items.isEmpty();
  }

  /** The client asks for what it has said to become an item. */
  void committing(String eventId) {
    if (commits.size() < MOST_OPEN) {
      commits.put(
          eventId,
          loop.schedule(
              () -> {
                commits.remove(eventId);
                unheard.accept("", "no answer to a commit");
              },
              TRANSCRIPT_SECONDS,
              TimeUnit.SECONDS));
    }
  }

  /** The upstream would not; there is no item. */
  void refused(String eventId) {
    cancel(commits.remove(eventId));
  }

  /** The upstream has found the end of a turn by itself. */
  void found(String item) {
    found = item;
  }

  void committed(String item) {
    boolean ofServer = item.equals(found);
    found = "";
    if (!ofServer && !commits.isEmpty()) {
      refused(commits.keySet().iterator().next());
    }
    if (items.size() >= MOST_OPEN) {
      loop.execute(() -> unheard.accept(item, "too many at once"));
    }
    settled(item); // said twice, it is one
    items.put(
        item,
        loop.schedule(
            () -> unheard.accept(item, "no transcript"), TRANSCRIPT_SECONDS, TimeUnit.SECONDS));
  }

  /** The item is written down, and with the guards. */
  void transcribed(String item) {
    ScheduledFuture<?> limit = items.get(item);
    if (limit != null) {
      limit.cancel(false);
    }
  }

  /** The item is judged, or there is none any more. */
  void settled(String item) {
    cancel(items.remove(item));
  }

  private static void cancel(@Nullable ScheduledFuture<?> limit) {
    if (limit != null) {
      limit.cancel(false);
    }
  }

  void end() {
    List.of(commits, items).forEach(all -> all.values().forEach(limit -> limit.cancel(false)));
    commits.clear();
    items.clear();
  }
}
