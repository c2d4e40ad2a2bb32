package io.ghostmoe.cli;

/** Takes generated text as it comes, and can stop it. */
public interface TextListener {
  /** The next piece; the prompt is none. */
  void text(String piece);

  /** One line that the user should see, before the first piece. */
  void note(String line);

  /** Asked after every token. */
  boolean cancelled();
}
