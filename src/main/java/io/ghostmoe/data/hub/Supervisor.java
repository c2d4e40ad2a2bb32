package io.ghostmoe.data.hub;

import io.ghostmoe.base.UserException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Lets requests run on threads of their own while the thread that asked for them watches: it hands
 * on what they have to say, ends those that stall, and all of them when the user wants no more.
 */
final class Supervisor {
  private static final long TICK_MILLIS = 50;

  private final HubListener listener;
  private final StallWatch watch;
  private final Queue<String> notes = new ConcurrentLinkedQueue<>();
  private final AtomicLong bytes = new AtomicLong();
  private volatile long total = -1;

  Supervisor(HubListener listener, StallWatch watch) {
    this.listener = listener;
    this.watch = watch;
  }

  /** Takes a line for the listener, on any thread. */
  void note(String line) {
    notes.add(line);
  }

  /** Counts bytes that have come, on any thread; those of a file that begins anew are negative. */
  void count(long more) {
    bytes.addAndGet(more);
  }

  /** From here on the bytes are counted against a total. */
  void expect(long totalBytes) {
    total = totalBytes;
  }

  /** Runs one task. */
  void run(Task task) throws UnreachableException {
    runAll(
        List.of(
            () -> {
              task.run();
              return true;
            }),
        1);
  }

  /** What can be interrupted, and may find nobody at the other end. */
  interface Task {
    void run() throws UnreachableException, InterruptedException;
  }

  /**
   * Runs tasks, some at a time in their order; the first that fails ends all.
   *
   * @throws CancellationException if the listener asked for it, or this thread was interrupted
   */
  void runAll(List<? extends Callable<?>> tasks, int atOnce) throws UnreachableException {
    ExecutorService pool = Executors.newFixedThreadPool(atOnce, Thread.ofVirtual().factory());
    try {
      var completion = new ExecutorCompletionService<Object>(pool);
      for (Callable<?> task : tasks) {
        completion.submit(task::call);
      }
      for (int done = 0; done < tasks.size(); ) {
        @Nullable Future<Object> finished = completion.poll(TICK_MILLIS, TimeUnit.MILLISECONDS);
        tick();
        if (finished != null) {
          finished.get();
          done++;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("the download was interrupted");
    } catch (ExecutionException e) {
      throw rethrown(e);
    } finally {
      pool.shutdownNow();
      pool.close(); // every file is closed and every lock free when this returns
      report();
    }
  }

  private void tick() {
    watch.closeStalled();
    report();
    if (listener.cancelled()) {
      throw new CancellationException("the download was cancelled");
    }
  }

  private void report() {
    for (@Nullable String line = notes.poll(); line != null; line = notes.poll()) {
      listener.note(line);
    }
    if (total >= 0) {
      listener.progress(bytes.get(), total);
    }
  }

  private static RuntimeException rethrown(ExecutionException e) throws UnreachableException {
    return switch (e.getCause()) {
      case UnreachableException unreachable -> throw unreachable;
      case UserException failure -> failure;
      case InterruptedException _ -> new CancellationException("the download was interrupted");
      case RuntimeException bug -> bug;
      case Error bug -> throw bug;
      case null, default -> new IllegalStateException(e);
    };
  }
}
