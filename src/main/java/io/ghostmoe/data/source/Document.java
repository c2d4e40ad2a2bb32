package io.ghostmoe.data.source;

import io.ghostmoe.base.Unicode;

/**
 * A record as the text that the model reads.
 *
 * @param text the whole text, without end-of-text
 * @param answerStart index of the answer's first character in {@code text}; −1 for plain text
 */
public record Document(String text, int answerStart) {
  /** Begins a question. */
  static final String QUESTION = "Question: ";

  /** Begins an answer, before the space. */
  static final String ANSWER = "Answer:";

  /** Plain text. */
  static Document ofText(String text) {
    return new Document(text, -1);
  }

  /** A question and its answer, in the one form that training and generation share. */
  static Document ofAnswer(String question, String answer) {
    String prompt = prompt(question);
    return new Document(prompt + " " + answer, prompt.length() + 1);
  }

  /**
   * {@return the text that a model trained on QA data continues with a space and the answer} The
   * space is left out because byte-pair encoding joins it to the answer's first word.
   *
   * @param question as it would stand in the data, without a mark before it
   */
  public static String prompt(String question) {
    return QUESTION + question + "\n" + ANSWER;
  }

  /** {@return true if there is an answer} */
  public boolean hasAnswer() {
    return answerStart >= 0;
  }

  /** {@return where the answer begins in the text's UTF-8 bytes; −1 for plain text} */
  public long answerByte() {
    return hasAnswer() ? Unicode.utf8Length(text.substring(0, answerStart)) : -1;
  }
}
