package io.ghostmoe.train;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.FileMark;
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
import java.util.Optional;
import java.util.zip.CRC32C;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code metrics.jsonl}: one JSON object a logged step. Every line is handed to the system whole
 * and at once, so a reader beside sees whole lines and a kill costs at most the last one.
 */
public final class MetricsFile implements AutoCloseable {
  private final Path file;
  private final CRC32C checksum = new CRC32C();
  private OutputStream out;

  private FileMark all = FileMark.EMPTY;
  private FileMark withoutLast = FileMark.EMPTY;

  private MetricsFile(Path file, OutputStream out) {
    this.file = file;
    this.out = out;
  }

  /**
   * Opens the file for further lines, creating it if need be.
   *
   * @param file in a folder that exists
   * @return open at its end; the caller closes it
   * @throws UserException where it cannot be read or written
   */
  public static MetricsFile open(Path file) {
    try {
      MetricsFile metrics = new MetricsFile(file, end(file));
      metrics.readMarks();
      return metrics;
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  private void readMarks() throws IOException {
    checksum.reset();
    all = FileMark.EMPTY;
    withoutLast = FileMark.EMPTY;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      for (byte[] line = line(in); line.length > 0; line = line(in)) {
        grown(line);
      }
    }
  }

  private void grown(byte[] line) {
    withoutLast = all;
    checksum.update(line);
    all = mark(all.bytes() + line.length, checksum);
  }

  private static FileMark mark(long bytes, CRC32C checksum) {
    return new FileMark(bytes, "%08x".formatted(checksum.getValue()));
  }

  private static OutputStream end(Path file) throws IOException {
    return Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /**
   * Adds a step.
   *
   * @throws UserException where the disk does not take it
   */
  void append(StepMetrics step, Optional<EvaluationMetrics> evaluation) {
    byte[] line = (MetricsJson.line(step, evaluation) + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      out.write(line);
    } catch (IOException e) {
      throw unwritable(file, e);
    }
    grown(line);
  }

  /**
   * Forces the lines to disk and says what they are, so that a checkpoint knows them again.
   *
   * @param evaluationDue whether the last line is yet to be completed, and is left out for that
   * @throws UserException where the disk does not take it
   */
  FileMark mark(boolean evaluationDue) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    } catch (IOException e) {
      throw unwritable(file, e);
    }
    return evaluationDue ? withoutLast : all;
  }

  /**
   * Adds an evaluation to the last line, where that is the line of its step: the run was
   * interrupted in the evaluation.
   *
   * @throws UserException where the disk does not take it
   */
  void complete(EvaluationMetrics evaluation) {
    if (all.bytes() == 0) {
      return;
    }
    try {
      byte[] before = Files.readAllBytes(file);
      int last = Math.toIntExact(withoutLast.bytes());
      String line = new String(before, last, before.length - last, StandardCharsets.UTF_8);
      ByteArrayOutputStream completed = new ByteArrayOutputStream();
      completed.write(before, 0, last);
      completed.writeBytes(
          (MetricsJson.completed(line, evaluation) + "\n").getBytes(StandardCharsets.UTF_8));
      out.close();
      AtomicFiles.write(file, completed.toByteArray());
      out = end(file);
      readMarks();
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  /**
   * Keeps what the file held when a checkpoint was saved, and whole lines after that whose {@code
   * step} is at most the checkpoint's, so that the resumed run writes the rest anew. A missing file
   * stays missing.
   *
   * @param file the run's, not open anywhere
   * @param step of the checkpoint
   * @param mark of the file as the checkpoint saw it; {@link FileMark#EMPTY} where it did not
   * @throws UserException where the file is not the one that the checkpoint saw, or the disk does
   *     not take it; the file is as it was then
   */
  public static void truncateAfter(Path file, long step, FileMark mark) {
    if (!Files.exists(file)) {
      return;
    }
    Path beside = AtomicFiles.beside(file);
    try {
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file));
          FileChannel channel =
              FileChannel.open(
                  beside,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE,
                  StandardOpenOption.TRUNCATE_EXISTING)) {
        OutputStream out = Channels.newOutputStream(channel);
        if (!copyMarked(mark, in, out)) {
          throw damaged(file, step);
        }
        copyUpTo(step, in, out);
        channel.force(true);
      }
      AtomicFiles.publish(beside, file);
    } catch (IOException e) {
      deleteQuietly(beside, e);
      throw unwritable(file, e);
    } catch (UserException e) {
      deleteQuietly(beside, e);
      throw e;
    }
  }

  private static UserException damaged(Path file, long step) {
    return UserException.input(
        "%s is damaged: up to step %d it is not what the checkpoint of that step saw: bring the old content back, or delete the file to go on without it."
            .formatted(file, step));
  }

  /** Whether the file begins with what was marked. */
  private static boolean copyMarked(FileMark mark, InputStream in, OutputStream out)
      throws IOException {
    CRC32C checksum = new CRC32C();
    byte[] chunk = new byte[1 << 16];
    long left = mark.bytes();
    while (left > 0) {
      int count = in.read(chunk, 0, (int) Math.min(chunk.length, left));
      if (count < 0) {
        return false;
      }
      checksum.update(chunk, 0, count);
      out.write(chunk, 0, count);
      left -= count;
    }
    return mark(mark.bytes(), checksum).equals(mark);
  }

  private static void deleteQuietly(Path file, Exception failure) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private static void copyUpTo(long step, InputStream in, OutputStream out) throws IOException {
    for (byte[] line = line(in); line.length > 0; line = line(in)) {
      if (line[line.length - 1] == '\n' && isUpTo(step, line)) {
        out.write(line);
      }
    }
  }

  /** The next line with its end; empty at the end of the file. */
  private static byte[] line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0; next = in.read()) {
      line.write(next);
      if (next == '\n') {
        break;
      }
    }
    return line.toByteArray();
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
