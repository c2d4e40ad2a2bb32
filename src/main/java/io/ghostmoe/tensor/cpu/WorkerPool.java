package io.ghostmoe.tensor.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that share out numbered tasks. The caller works too and returns when all are done.
 *
 * <p>Which thread takes which task is left to chance, so a task may write only what is its own;
 * then no result depends on the number of threads. Nobody else in the engine knows that number.
 *
 * <p>One {@code run} at a time; tasks must not call {@code run} themselves.
 */
final class WorkerPool implements AutoCloseable {
  /**
   * How long a thread looks for work before it sleeps: longer than the gaps between the operations
   * of a step, shorter than anyone would notice on a busy machine.
   */
  private static final long SPIN_NANOS = 30_000;

  private static final int SPINS_BEFORE_YIELD = 2_000;

  /** A piece of work that is cut into numbered tasks. */
  @FunctionalInterface
  interface Work {
    /**
     * Does one task.
     *
     * @param task from 0 to tasks − 1
     * @param worker the running thread's number, for scratch memory only
     */
    void run(int task, int worker);
  }

  /** One call of {@link #run}; a thread that comes late to it finds no task left. */
  private record Job(long number, Work work, int tasks, AtomicInteger next, AtomicInteger open) {}

  private final Thread[] threads;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile @Nullable Job current;
  private volatile boolean closed;
  private long jobs;

  /** A pool in which {@code workers} threads work, the caller of {@link #run} being one of them. */
  WorkerPool(int workers) {
    if (workers < 1) {
      throw new IllegalArgumentException("workers " + workers + " < 1");
    }
    threads = new Thread[workers - 1];
    for (int i = 0; i < threads.length; i++) {
      int worker = i + 1;
      threads[i] =
          Thread.ofPlatform().daemon().name("ghostmoe-worker-" + worker).start(() -> serve(worker));
    }
  }

  /** How many threads work: the bound on {@code worker} in {@link Work#run}. */
  int workers() {
    return threads.length + 1;
  }

  /** Runs tasks 0 … tasks − 1 and waits for them; the first failure is thrown again here. */
  void run(int tasks, Work work) {
    if (tasks <= 1 || threads.length == 0) {
      for (int task = 0; task < tasks; task++) {
        work.run(task, 0);
      }
      return;
    }
    Job job = new Job(++jobs, work, tasks, new AtomicInteger(), new AtomicInteger(tasks));
    current = job;
    for (int i = 0; i < Math.min(threads.length, tasks - 1); i++) {
      LockSupport.unpark(threads[i]);
    }
    take(job, 0);
    for (int spins = 0; job.open.get() > 0; spins++) {
      if (spins < SPINS_BEFORE_YIELD) {
        Thread.onSpinWait();
      } else {
        Thread.yield(); // the other thread may be waiting for this core
      }
    }
    current = null;
    Throwable thrown = failure.getAndSet(null);
    switch (thrown) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(thrown);
    }
  }

  private void take(Job job, int worker) {
    for (int task = job.next.getAndIncrement();
        task < job.tasks;
        task = job.next.getAndIncrement()) {
      try {
        job.work.run(task, worker);
      } catch (Throwable e) {
        failure.compareAndSet(null, e);
      } finally {
        job.open.getAndDecrement();
      }
    }
  }

  private void serve(int worker) {
    long done = 0;
    long idleSince = System.nanoTime();
    while (!closed) {
      Job job = current;
      if (job != null && job.number != done) {
        take(job, worker);
        done = job.number;
        idleSince = System.nanoTime();
      } else if (System.nanoTime() - idleSince < SPIN_NANOS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
        idleSince = System.nanoTime();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
  }
}
