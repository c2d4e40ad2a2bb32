package io.ghostmoe.cli;

import io.ghostmoe.RunSettings;
import io.ghostmoe.data.PrepareProgress;
import io.ghostmoe.moe.ghost.Wake;
import io.ghostmoe.train.EvaluationMetrics;
import io.ghostmoe.train.Profile;
import io.ghostmoe.train.RunStart;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.StepMetrics;
import io.ghostmoe.train.TrainListener;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows a run to a person: a bar on a terminal, else a line for every twentieth of the run and for
 * every half minute.
 */
final class TrainView implements TrainListener, AutoCloseable {
  private static final int PLAIN_LINES = 20;
  private static final double PLAIN_SECONDS = 30;
  private static final Path DEFAULT_RUNS = RunSettings.RUNS_DIR.defaultValue().orElseThrow();

  private final Terminal terminal;
  private final Cancellation cancellation;
  private final LongSupplier nanoTime;

  private final PhaseBar preparation;
  private @Nullable Bar bar;
  private long firstStep;
  private long maxSteps = 1;
  private long startNanos;
  private long shownNanos;
  private @Nullable RunStart start;
  private int awakeGhosts;

  TrainView(Terminal terminal, Cancellation cancellation, LongSupplier nanoTime) {
    this.terminal = terminal;
    this.cancellation = cancellation;
    this.nanoTime = nanoTime;
    preparation = new PhaseBar(terminal, nanoTime);
  }

  @Override
  public void onStart(RunStart start) {
    close(); // the preparation's bar
    this.start = start;
    awakeGhosts = start.awakeGhosts();
    firstStep = start.firstStep();
    maxSteps = start.maxSteps();
    startNanos = nanoTime.getAsLong();
    shownNanos = startNanos;
    terminal.line("run         " + terminal.bold(start.run().toString()));
    terminal.line("device      " + Formats.oneLine(start.device()));
    terminal.line("dataset     " + Formats.oneLine(start.dataset()));
    terminal.line(
        "parameters  %s, of which a token meets %s"
            .formatted(Formats.count(start.parameters()), Formats.count(start.activeParameters())));
    terminal.line(
        "memory      about %s, of which activations %s%s"
            .formatted(
                Formats.bytes(start.memory().totalBytes()),
                Formats.bytes(start.memory().activationBytes()),
                start.recomputes() ? ", checkpointed" : ""));
    if (start.allGhosts() > 0) {
      terminal.line("ghosts      " + GhostLines.start(start));
    }
    terminal.line(
        firstStep == 0
            ? "steps       " + Formats.count(maxSteps)
            : "steps       %s, going on after %s"
                .formatted(Formats.count(maxSteps), Formats.count(firstStep)));
  }

  @Override
  public void onProfile(Profile profile) {
    close();
    ProfileTable.lines(profile).forEach(terminal::line);
  }

  @Override
  public void onWake(Wake wake) {
    RunStart known = start;
    if (known != null) {
      awakeGhosts++;
      terminal.line(GhostLines.wake(wake, known.ghosts(), terminal.bold("ghost")));
    }
  }

  @Override
  public void onStep(StepMetrics metrics) {
    String message =
        "loss %s  lr %s  %s  %s left"
            .formatted(
                Formats.loss(metrics.loss()),
                Formats.rate(metrics.learningRate()),
                Formats.speed(metrics.tokensPerSecond()),
                Formats.duration(secondsLeft(metrics.step())));
    if (terminal.canRedraw()) {
      String withGhosts = message + ghosts();
      boolean fits = Bar.fits(maxSteps, withGhosts, terminal.width() - 1);
      bar(firstStep).update(metrics.step(), maxSteps, fits ? withGhosts : message);
    } else if (isPlainLineDue(metrics.step())) {
      shownNanos = nanoTime.getAsLong();
      terminal.line("step %d/%d  %s".formatted(metrics.step(), maxSteps, message));
    }
  }

  private String ghosts() {
    RunStart known = start;
    return known == null || known.allGhosts() == 0
        ? ""
        : "  ghosts %d/%d".formatted(awakeGhosts, known.allGhosts());
  }

  private Bar bar(long done) {
    Bar current = bar;
    if (current == null) {
      current = new Bar(terminal, done, maxSteps);
      bar = current;
    }
    return current;
  }

  private boolean isPlainLineDue(long step) {
    long every = Math.max(1, Math.ceilDiv(maxSteps, PLAIN_LINES));
    return step == firstStep + 1
        || step == maxSteps
        || step % every == 0
        || (nanoTime.getAsLong() - shownNanos) / 1e9 >= PLAIN_SECONDS;
  }

  private double secondsLeft(long step) {
    double elapsed = (nanoTime.getAsLong() - startNanos) / 1e9;
    return elapsed / Math.max(1, step - firstStep) * Math.max(0, maxSteps - step);
  }

  @Override
  public void onEvaluation(EvaluationMetrics evaluation) {
    terminal.line(
        "step %d  %s %s  bits/byte %s"
            .formatted(
                evaluation.step(),
                terminal.green("evaluation loss"),
                terminal.green(Formats.loss(evaluation.loss())),
                Formats.loss(evaluation.bitsPerByte())));
  }

  @Override
  public void onCheckpoint(long step, boolean best) {
    terminal.line(
        terminal.dim(
            "step %d  checkpoint saved%s".formatted(step, best ? ", the best so far" : "")));
  }

  @Override
  public void onNote(String line) {
    terminal.line(Formats.oneLine(line));
  }

  @Override
  public void onSample(String prompt, String completion, String expected) {
    close();
    boolean right = completion.strip().equals(expected.strip());
    terminal.line("");
    terminal.line(
        terminal.dim(Formats.printable(prompt)) + terminal.bold(Formats.printable(completion)));
    terminal.line(
        right
            ? terminal.green("        right")
            : terminal.dim("expected:" + Formats.printable(expected)));
  }

  @Override
  public void onPrepare(PrepareProgress progress) {
    preparation.show(progress);
  }

  @Override
  public boolean cancelled() {
    return cancellation.isRequested();
  }

  /** Says how it went. */
  void summarize(RunSummary summary) {
    close();
    terminal.line("");
    terminal.line(
        "%s after %s and %s in %s (%s)"
            .formatted(
                terminal.bold(summary.interrupted() ? "interrupted and saved" : "done"),
                Formats.count(summary.steps(), "step"),
                Formats.count(summary.tokens(), "token"),
                Formats.duration(
                    summary.seconds().values().stream().mapToDouble(Double::doubleValue).sum()),
                Formats.speed(summary.tokensPerSecond())));
    terminal.line(
        "loss %s -> %s%s"
            .formatted(
                Formats.loss(summary.firstLoss()),
                Formats.loss(summary.finalLoss()),
                Double.isFinite(summary.finalEvalLoss())
                    ? ", evaluation loss %s, bits/byte %s"
                        .formatted(
                            Formats.loss(summary.finalEvalLoss()),
                            Formats.loss(summary.finalEvalBitsPerByte()))
                    : ""));
    RunStart known = start;
    if (known != null && known.allGhosts() > 0) {
      terminal.line(
          "ghosts: %d of %d awake; %s parameters awake, of which a token meets %s"
              .formatted(
                  awakeGhosts,
                  known.allGhosts(),
                  Formats.count(summary.awakeParameters()),
                  Formats.count(summary.activeParameters())));
    }
    terminal.line("memory at most " + Formats.bytes(summary.peakRssBytes()));
    terminal.line(next(summary));
  }

  /** What a user most likely does next, to be copied. */
  private static String next(RunSummary summary) {
    Path runsDir = summary.folder().runsDir();
    String where =
        runsDir.equals(DEFAULT_RUNS) ? "" : " --runs-dir " + Formats.oneLine(runsDir.toString());
    String run = "--run " + summary.run() + where;
    return summary.interrupted()
        ? "go on with: ghostmoe train --resume " + run
        : "ask it with: ghostmoe generate --interactive " + run;
  }

  /** Takes the bar away, if there is one. */
  @Override
  public void close() {
    preparation.close();
    Bar current = bar;
    if (current != null) {
      current.close();
      bar = null;
    }
  }
}
