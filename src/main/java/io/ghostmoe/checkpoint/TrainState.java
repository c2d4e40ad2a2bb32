package io.ghostmoe.checkpoint;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import io.ghostmoe.base.UserException;
import io.ghostmoe.moe.ghost.GhostProgress;
import io.ghostmoe.moe.ghost.LayerGhosts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where a run stands besides its weights and moments; {@code state.json}.
 *
 * @param version of this file
 * @param step optimizer steps done
 * @param tokens real input tokens of those steps
 * @param epoch place in the data: passes that are complete
 * @param batch place in the data: micro-batches handed out in this pass
 * @param trainSeconds spent in training steps
 * @param firstLoss of the first step
 * @param recentLosses of the last steps, oldest first, at most ten
 * @param bestEvalLoss lowest evaluation loss so far, or null before the first
 * @param bestStep its step, or 0
 * @param evaluationDue whether the run was interrupted in the evaluation of this step
 * @param data hash of the tokens that it trains and evaluates on
 * @param settings hash of those that a resumed run must not change; null in version 2
 * @param metrics what the run's metrics held; null in version 2
 * @param updates of each parameter by the optimizer, in the model's order
 * @param ghosts where they stand, and what their trigger has seen
 */
public record TrainState(
    int version,
    long step,
    long tokens,
    long epoch,
    long batch,
    double trainSeconds,
    double firstLoss,
    List<Double> recentLosses,
    @Nullable Double bestEvalLoss,
    long bestStep,
    boolean evaluationDue,
    String data,
    @Nullable String settings,
    @Nullable FileMark metrics,
    List<Long> updates,
    GhostProgress ghosts) {
  /** The version that this code writes. */
  public static final int VERSION = 3;

  /** An older version that is read too: it lacks the marks of the run's other files. */
  private static final int WITHOUT_MARKS = 2;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          // a record's components are all there is to it
          .changeDefaultVisibility(rules -> rules.withIsGetterVisibility(Visibility.NONE))
          .build();

  /** The part of it that says where the ghosts stand, without what their trigger has seen. */
  private record Standing(Ghosts ghosts) {
    private record Ghosts(List<LayerGhosts> layers) {}
  }

  /** Copies the lists, and refuses counts below zero. */
  public TrainState {
    Objects.requireNonNull(ghosts, "ghosts");
    Objects.requireNonNull(data, "data");
    if (Math.min(Math.min(step, tokens), Math.min(epoch, batch)) < 0 || bestStep < 0) {
      throw new IllegalArgumentException("a count is negative");
    }
    recentLosses = List.copyOf(recentLosses);
    updates = List.copyOf(updates);
  }

  /** Writes the state. */
  public void write(Path file) throws IOException {
    Files.writeString(file, MAPPER.writeValueAsString(this) + "\n");
  }

  /**
   * Reads a state.
   *
   * @throws UserException where the file is of another version or no state at all
   */
  public static TrainState read(Path file) {
    return read(file, TrainState.class, MAPPER.readerFor(TrainState.class));
  }

  /**
   * Reads where the ghosts of each layer stand, and skips the rest, which can be large.
   *
   * @throws UserException where the file is of another version or no state at all
   */
  public static List<LayerGhosts> readGhosts(Path file) {
    ObjectReader reader =
        MAPPER
            .readerFor(Standing.class)
            .with(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES);
    Standing standing = read(file, Standing.class, reader);
    return standing.ghosts.layers;
  }

  private static <T> T read(Path file, Class<T> part, ObjectReader reader) {
    try {
      byte[] json = Files.readAllBytes(file);
      int version = version(json);
      if (version != VERSION && version != WITHOUT_MARKS) {
        throw UserException.input(
            "%s has version %d, this program reads %d: use the program that wrote it."
                .formatted(file, version, VERSION));
      }
      ObjectReader fitting =
          version == VERSION
              ? reader
              : reader.without(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);
      return part.cast(fitting.readValue(json));
    } catch (JacksonException e) {
      throw UserException.input(
          "%s is damaged: %s: resume from another checkpoint."
              .formatted(file, e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw UserException.environment("%s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** The version before anything else, since the rest of another's may look otherwise. */
  private static int version(byte[] json) {
    try (JsonParser parser = MAPPER.createParser(json)) {
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
          boolean found = parser.currentName().equals("version");
          parser.nextToken();
          if (found) {
            return parser.getIntValue();
          }
          parser.skipChildren();
        }
      }
      throw new StreamReadException(parser, "it names no version");
    }
  }
}
