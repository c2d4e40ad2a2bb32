package io.ghostmoe.data.source;

import io.ghostmoe.base.Unicode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which fields of a record become a document. A record with a question and an answer becomes {@code
 * Question: …\nAnswer: …}, one with a text becomes the text, one with a list of {@code messages} or
 * {@code conversations} becomes what {@link Conversation} says; every other field is dropped. A
 * name can lead into a record, see {@link FieldPath}. Once a field is named by the user, only the
 * kind it belongs to is looked for; a text's field may then hold a list of messages as well.
 */
public final class RecordRules {
  /** Changes whenever the same record could become another document. */
  private static final int VERSION = 2;

  private static final String HALF_A_CHARACTER = "holds half a character (a lone surrogate)";

  private static final List<FieldPath> CONVERSATIONS =
      List.of(new FieldPath("messages"), new FieldPath("conversations"));

  private final FieldPath question;
  private final FieldPath answer;
  private final FieldPath text;
  private final boolean allowAnswers;
  private final boolean allowTexts;
  private final List<FieldPath> conversations;

  /**
   * Rules for fields of these names; null stands for the usual name.
   *
   * @param questionField name of the question's field, or the path to it; null for {@code question}
   * @param answerField of the answer's field, likewise; null for {@code answer}
   * @param textField of a plain text's field, likewise; null for {@code text}
   */
  public RecordRules(
      @Nullable String questionField, @Nullable String answerField, @Nullable String textField) {
    question = new FieldPath(questionField == null ? "question" : questionField);
    answer = new FieldPath(answerField == null ? "answer" : answerField);
    text = new FieldPath(textField == null ? "text" : textField);
    boolean answersNamed = questionField != null || answerField != null;
    allowAnswers = answersNamed || textField == null;
    allowTexts = textField != null || !answersNamed;
    conversations = answersNamed || textField != null ? List.of() : CONVERSATIONS;
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

  /** Whether the value of a field is needed. */
  boolean wants(String field) {
    return (allowAnswers && (question.isOn(field) || answer.isOn(field)))
        || (allowTexts && text.isOn(field))
        || conversations.stream().anyMatch(path -> path.isOn(field));
  }

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
          : used(
              Document.ofAnswer(value(fields, question), value(fields, answer)),
              fields,
              List.of(question, answer));
    }
    if (allowTexts && isPresent(fields, text)) {
      if (Conversation.looksLikeOne(text.find(fields))) {
        return conversation(fields, text);
      }
      String why = why(fields, text);
      return why != null
          ? new Unusable(why)
          : used(Document.ofText(value(fields, text)), fields, List.of(text));
    }
    for (FieldPath path : conversations) {
      if (Conversation.looksLikeOne(path.find(fields))) {
        return conversation(fields, path);
      }
    }
    return new Unusable(missing(fields));
  }

  private static Outcome conversation(Map<String, FieldValue> fields, FieldPath path) {
    if (!(path.find(fields) instanceof FieldValue.Items messages)) {
      throw new IllegalStateException(path + " is no list");
    }
    Conversation conversation = new Conversation(messages);
    String why = conversation.read();
    if (why != null) {
      return new Unusable("\"%s\": %s".formatted(path, why));
    }
    Document document = conversation.document();
    if (Unicode.loneSurrogate(document.text()) >= 0) {
      return new Unusable("\"%s\" %s".formatted(path, HALF_A_CHARACTER));
    }
    Used used = used(document, fields, List.of(path));
    if (conversation.leftOut() == 0) {
      return used;
    }
    List<String> dropped = new ArrayList<>(used.dropped());
    dropped.add(path + " after the last answer");
    return new Used(document, dropped);
  }

  private static Used used(Document document, Map<String, FieldValue> fields, List<FieldPath> on) {
    List<String> dropped =
        fields.keySet().stream().filter(n -> on.stream().noneMatch(path -> path.isOn(n))).toList();
    return new Used(document, dropped);
  }

  private String missing(Map<String, FieldValue> fields) {
    List<String> wanted = new ArrayList<>();
    if (allowAnswers) {
      wanted.add("\"" + question + "\" and \"" + answer + "\"");
    }
    if (allowTexts) {
      wanted.add("\"" + text + "\"");
    }
    if (!conversations.isEmpty()) {
      wanted.add("\"messages\"");
    }
    String names = String.join(", ", fields.keySet());
    return "no %s among its fields (%s)"
        .formatted(
            String.join(", nor ", wanted),
            names.length() <= 80 ? names : names.substring(0, 79) + "…");
  }

  private static boolean isPresent(Map<String, FieldValue> fields, FieldPath path) {
    FieldValue value = path.find(fields);
    return value != null && !(value instanceof FieldValue.Nothing);
  }

  private static String value(Map<String, FieldValue> fields, FieldPath path) {
    FieldValue value = path.find(fields);
    return value == null ? "" : value.text();
  }

  /** Why the field cannot be used; null if it can. Short is no reason. */
  private static @Nullable String why(Map<String, FieldValue> fields, FieldPath path) {
    FieldValue value = path.find(fields);
    if (value instanceof FieldValue.Items || value instanceof FieldValue.Members) {
      return "\"%s\" is a list or an object, not text: name a part of it, such as %s"
          .formatted(path, path + (value instanceof FieldValue.Items ? "[0]" : ".text"));
    }
    if (value(fields, path).isBlank()) {
      return "\"" + path + "\" is empty";
    }
    return Unicode.loneSurrogate(value(fields, path)) < 0
        ? null
        : "\"" + path + "\" " + HALF_A_CHARACTER;
  }
}
