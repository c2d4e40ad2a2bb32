package io.ghostmoe.data.tokenizer;

import io.ghostmoe.base.UserException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the tokenizer that a setting names. */
public final class Tokenizers {
  private Tokenizers() {}

  /**
   * Opens a tokenizer.
   *
   * @param specification {@code gpt2}, {@code byte}, or the path of a {@code tokenizer.json}: the
   *     file, or the folder that holds it
   * @return the tokenizer, which the caller closes
   * @throws UserException if there is no such tokenizer
   */
  public static Tokenizer open(String specification) {
    return switch (specification) {
      case "gpt2" -> new Gpt2Tokenizer();
      case "byte" -> new ByteTokenizer();
      default -> JsonTokenizer.open(find(specification));
    };
  }

  /**
   * {@return the built-in tokenizer of a fingerprint, which the caller closes; empty if a file is
   * needed}
   *
   * @param fingerprint as {@link Tokenizer#fingerprint()} gives it
   */
  public static Optional<Tokenizer> builtIn(String fingerprint) {
    return Stream.of(new Gpt2Tokenizer(), new ByteTokenizer())
        .filter(tokenizer -> tokenizer.fingerprint().equals(fingerprint))
        .findFirst();
  }

  private static Path find(String specification) {
    try {
      Path path = Path.of(specification);
      Path file = Files.isDirectory(path) ? path.resolve("tokenizer.json") : path;
      if (Files.isRegularFile(file)) {
        return file;
      }
    } catch (InvalidPathException e) {
      // what is no path is no file either: the error below says so
    }
    throw UserException.input(
        "--tokenizer %s: no such file; pass gpt2, byte, or the path of a tokenizer.json."
            .formatted(specification));
  }
}
