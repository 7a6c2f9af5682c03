package io.donna.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Reads the CPU time of another process from its kernel CPU clock, which has nanosecond resolution
 * and includes threads that have ended. {@code /proc/PID/task/*}{@code /schedstat} omits ended
 * threads, such as many of a JVM's compiler threads. {@code /proc/PID/stat} counts in ticks of 10
 * ms, which is 4 % of nginx's CPU time in a round. Requires 64-bit Linux. Thread-safe.
 */
final class CpuClock {
  private static final MethodHandle CLOCK_GETCPUCLOCKID =
      find("clock_getcpuclockid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle CLOCK_GETTIME =
      find("clock_gettime", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  private static final MemoryLayout TIMESPEC = MemoryLayout.structLayout(JAVA_LONG, JAVA_LONG);

  private CpuClock() {}

  /** User and system time of all threads, including those that have ended. */
  static long nanos(long pid) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment clock = arena.allocate(JAVA_INT);
      MemorySegment time = arena.allocate(TIMESPEC);
      if ((int) CLOCK_GETCPUCLOCKID.invokeExact((int) pid, clock) != 0
          || (int) CLOCK_GETTIME.invokeExact(clock.get(JAVA_INT, 0), time) != 0) {
        throw new BenchmarkFailed("process " + pid + " has no CPU clock: it has ended");
      }
      return time.getAtIndex(JAVA_LONG, 0) * 1_000_000_000 + time.getAtIndex(JAVA_LONG, 1);
    } catch (BenchmarkFailed e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("invokeExact with other types than those above", e);
    }
  }

  @SuppressWarnings("restricted") // two functions of the C library with fixed, simple signatures
  private static MethodHandle find(String function, FunctionDescriptor shape) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(function), shape);
  }
}
