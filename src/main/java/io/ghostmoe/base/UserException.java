package io.ghostmoe.base;

import org.jspecify.annotations.Nullable;

/**
 * Something that the user can mend: a wrong setting, a file that cannot be read, a damaged cache.
 * The message is one line that says what is wrong, the value, and the remedy; the command line
 * prints it without a stack trace. Every other exception is a bug of ours and keeps its trace.
 */
public final class UserException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Whose turn it is. */
  public enum Kind {
    /** What was typed is wrong: exit code 2. */
    INPUT,
    /** The input is fine but the world is not (disk full, no permission, network): exit code 1. */
    ENVIRONMENT
  }

  /** What is to be mended: the input, or the world. */
  private final Kind kind;

  private UserException(Kind kind, String message, @Nullable Throwable cause) {
    super(message.replaceAll("\\s*\\R\\s*", " "), cause);
    this.kind = kind;
  }

  /**
   * {@return an exception for what was typed wrong}
   *
   * @param message what is wrong, the value and the remedy; line breaks in it become spaces
   */
  public static UserException input(String message) {
    return new UserException(Kind.INPUT, message, null);
  }

  /**
   * {@return an exception for what was typed wrong, found out by another}
   *
   * @param message what is wrong, the value and the remedy; line breaks in it become spaces
   * @param cause what found it out, for who asks for the stack trace
   */
  public static UserException input(String message, Throwable cause) {
    return new UserException(Kind.INPUT, message, cause);
  }

  /**
   * {@return an exception for input that is fine but could not be served}
   *
   * @param message what is wrong, the value and the remedy; line breaks in it become spaces
   */
  public static UserException environment(String message) {
    return new UserException(Kind.ENVIRONMENT, message, null);
  }

  /**
   * {@return an exception for input that is fine but could not be served}
   *
   * @param message what is wrong, the value and the remedy; line breaks in it become spaces
   * @param cause why it could not be served
   */
  public static UserException environment(String message, Throwable cause) {
    return new UserException(Kind.ENVIRONMENT, message, cause);
  }

  /** {@return what is to be mended: what was typed, or the world} */
  public Kind kind() {
    return kind;
  }
}
