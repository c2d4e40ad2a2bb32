package io.ghostmoe.data.source;

import io.ghostmoe.base.Unicode;
import io.ghostmoe.data.source.SourceRecord.FieldValue;
import io.ghostmoe.data.source.SourceRecord.FieldValue.Kind;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which fields of a record become a document. A record with a question and an answer becomes {@code
 * Question: …\nAnswer: …}, one with a text becomes the text; every other field is dropped. Once a
 * field is named by the user, only the kind it belongs to is looked for.
 */
public final class RecordRules {
  /** Changes whenever the same record could become another document. */
  private static final int VERSION = 1;

  private final String question;
  private final String answer;
  private final String text;
  private final boolean allowAnswers;
  private final boolean allowTexts;

  /**
   * Rules for fields of these names; null stands for the usual name.
   *
   * @param questionField name of the question's field; null for {@code question}
   * @param answerField name of the answer's field; null for {@code answer}
   * @param textField name of a plain text's field; null for {@code text}
   */
  public RecordRules(
      @Nullable String questionField, @Nullable String answerField, @Nullable String textField) {
    question = questionField == null ? "question" : questionField;
    answer = answerField == null ? "answer" : answerField;
    text = textField == null ? "text" : textField;
    boolean answersNamed = questionField != null || answerField != null;
    allowAnswers = answersNamed || textField == null;
    allowTexts = textField != null || !answersNamed;
  }

  /** {@return the rules in words that are equal if and only if the rules are} */
  public String describe() {
    return "version %d question %s answer %s text %s"
        .formatted(
            VERSION,
            allowAnswers ? "\"" + question + "\"" : "none",
            allowAnswers ? "\"" + answer + "\"" : "none",
            allowTexts ? "\"" + text + "\"" : "none");
  }

  /** What becomes of a record. */
  sealed interface Outcome {}

  /**
   * The record can be used.
   *
   * @param document its text
   * @param dropped names of the fields that are not in the text
   */
  record Used(Document document, List<String> dropped) implements Outcome {}

  /**
   * The record cannot be used.
   *
   * @param why in a few words
   */
  record Unusable(String why) implements Outcome {}

  /** Applies the rules to one record. */
  Outcome apply(SourceRecord record) {
    return switch (record) {
      case SourceRecord.Text piece -> new Used(Document.ofText(piece.text()), List.of());
      case SourceRecord.Fields fields -> apply(fields.fields());
    };
  }

  private Outcome apply(Map<String, FieldValue> fields) {
    if (allowAnswers && isPresent(fields, question) && isPresent(fields, answer)) {
      String why = why(fields, question);
      why = why == null ? why(fields, answer) : why;
      return why != null
          ? new Unusable(why)
          : used(Document.ofAnswer(value(fields, question), value(fields, answer)), fields, true);
    }
    if (allowTexts && isPresent(fields, text)) {
      String why = why(fields, text);
      return why != null
          ? new Unusable(why)
          : used(Document.ofText(value(fields, text)), fields, false);
    }
    return new Unusable(missing(fields));
  }

  private Used used(Document document, Map<String, FieldValue> fields, boolean isAnswer) {
    List<String> dropped =
        fields.keySet().stream()
            .filter(n -> isAnswer ? !n.equals(question) && !n.equals(answer) : !n.equals(text))
            .toList();
    return new Used(document, dropped);
  }

  private String missing(Map<String, FieldValue> fields) {
    String wanted = allowAnswers ? "\"" + question + "\" and \"" + answer + "\"" : "";
    wanted += allowAnswers && allowTexts ? ", nor " : "";
    wanted += allowTexts ? "\"" + text + "\"" : "";
    String names = String.join(", ", fields.keySet());
    return "no %s among its fields (%s)"
        .formatted(wanted, names.length() <= 80 ? names : names.substring(0, 79) + "…");
  }

  private static boolean isPresent(Map<String, FieldValue> fields, String name) {
    FieldValue value = fields.get(name);
    return value != null && value.kind() != Kind.NULL;
  }

  private static String value(Map<String, FieldValue> fields, String name) {
    FieldValue value = fields.get(name);
    return value == null ? "" : value.text();
  }

  /** Why the field cannot be used; null if it can. Short is no reason. */
  private static @Nullable String why(Map<String, FieldValue> fields, String name) {
    FieldValue value = fields.get(name);
    if (value != null && value.kind() == Kind.NESTED) {
      return "\"" + name + "\" is a list or an object, not text";
    }
    if (value(fields, name).isBlank()) {
      return "\"" + name + "\" is empty";
    }
    return Unicode.loneSurrogate(value(fields, name)) < 0
        ? null
        : "\"" + name + "\" holds half a character (a lone surrogate)";
  }
}
