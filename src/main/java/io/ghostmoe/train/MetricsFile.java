package io.ghostmoe.train;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.UserException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code metrics.jsonl}: one JSON object a logged step. Every line is handed to the system whole
 * and at once, so a reader beside sees whole lines and a kill costs at most the last one.
 */
public final class MetricsFile implements AutoCloseable {
  private final Path file;
  private OutputStream out;

  private MetricsFile(Path file, OutputStream out) {
    this.file = file;
    this.out = out;
  }

  /** Opens the file for further lines, creating it if need be. */
  public static MetricsFile open(Path file) {
    try {
      return new MetricsFile(file, end(file));
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  private static OutputStream end(Path file) throws IOException {
    return Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /**
   * Adds a step.
   *
   * @throws UserException where the disk does not take it
   */
  public void append(StepMetrics step, Optional<EvaluationMetrics> evaluation) {
    try {
      out.write((MetricsJson.line(step, evaluation) + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  /**
   * Adds an evaluation to the last line, where that is the line of its step: the run was
   * interrupted in the evaluation.
   *
   * @throws UserException where the disk does not take it
   */
  public void complete(EvaluationMetrics evaluation) {
    try {
      List<String> lines = new ArrayList<>(Files.readAllLines(file));
      if (lines.isEmpty()) {
        return;
      }
      lines.add(MetricsJson.completed(lines.removeLast(), evaluation));
      out.close();
      AtomicFiles.writeString(file, String.join("\n", lines) + "\n");
      out = end(file);
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  /**
   * Keeps the whole lines whose {@code step} is at most the given one, so that a run resumed from a
   * checkpoint of that step writes the rest anew. A missing file stays missing.
   *
   * @throws UserException where the disk does not take it; the file is as it was then
   */
  public static void truncateAfter(Path file, long step) {
    if (!Files.exists(file)) {
      return;
    }
    Path beside = file.resolveSibling(file.getFileName() + ".incomplete");
    try {
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file));
          FileChannel channel =
              FileChannel.open(
                  beside,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE,
                  StandardOpenOption.TRUNCATE_EXISTING)) {
        copyUpTo(step, in, Channels.newOutputStream(channel));
        channel.force(true);
      }
      AtomicFiles.publish(beside, file);
    } catch (IOException e) {
      deleteQuietly(beside, e);
      throw unwritable(file, e);
    }
  }

  private static void deleteQuietly(Path file, IOException failure) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private static void copyUpTo(long step, InputStream in, OutputStream out) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0; next = in.read()) {
      line.write(next);
      if (next == '\n') {
        byte[] bytes = line.toByteArray();
        if (isUpTo(step, bytes)) {
          out.write(bytes);
        }
        line.reset();
      }
    }
  }

  private static boolean isUpTo(long step, byte[] line) {
    try {
      JsonNode found = JsonMapper.shared().readTree(line).path("step");
      return found.isIntegralNumber() && found.canConvertToLong() && found.longValue() <= step;
    } catch (JacksonException e) {
      return false;
    }
  }

  private static UserException unwritable(Path file, IOException cause) {
    return UserException.environment(
        "%s cannot be written: %s: free space or mend the permissions, then go on with --resume"
            .formatted(file, cause.getMessage()),
        cause);
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }
}
