package io.ghostmoe.data.source;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A list of messages as one document. Each message has a role and a text: {@code role} and {@code
 * content} as in OpenAI's files, {@code from} and {@code value} as in ShareGPT's.
 *
 * <p>The rule: a system's text comes first and is followed by a blank line; a user's message
 * becomes {@code Question: …}, an assistant's {@code Answer: …}, a line each. The document ends
 * with the last answer, and that is what counts as its answer; what follows it is left out. So a
 * conversation of one question and one answer is the same document as a record with these two
 * fields.
 */
final class Conversation {
  private static final Map<String, Role> ROLES =
      Map.of(
          "system", Role.SYSTEM,
          "developer", Role.SYSTEM,
          "user", Role.USER,
          "human", Role.USER,
          "prompter", Role.USER,
          "assistant", Role.ASSISTANT,
          "gpt", Role.ASSISTANT,
          "model", Role.ASSISTANT,
          "bot", Role.ASSISTANT,
          "chatbot", Role.ASSISTANT);

  private enum Role {
    SYSTEM,
    USER,
    ASSISTANT
  }

  private final List<FieldValue> messages;
  private final StringBuilder text = new StringBuilder();
  private boolean asked;
  private int answerStart = -1;
  private int answerEnd;
  private int used;

  /** Of messages, none of which is looked at yet. */
  Conversation(FieldValue.Items messages) {
    this.messages = messages.items();
  }

  /** Whether a value is a list of what could be messages. */
  static boolean looksLikeOne(@Nullable FieldValue value) {
    return value instanceof FieldValue.Items list
        && !list.items().isEmpty()
        && list.items().getFirst() instanceof FieldValue.Members first
        && (first.members().containsKey("role") || first.members().containsKey("from"));
  }

  /** Puts the messages together; returns why that cannot be done, else null. */
  @Nullable String read() {
    for (int i = 0; i < messages.size(); i++) {
      String why = add(messages.get(i));
      if (why != null) {
        return "message %d %s".formatted(i + 1, why);
      }
      used = answerEnd == text.length() ? i + 1 : used;
    }
    return answerStart < 0 ? "no answer in its conversation" : null;
  }

  /** The document; only after {@link #read} found nothing wrong. */
  Document document() {
    return new Document(text.substring(0, answerEnd), answerStart);
  }

  /** Messages after the last answer. */
  int leftOut() {
    return messages.size() - used;
  }

  private @Nullable String add(FieldValue message) {
    if (!(message instanceof FieldValue.Members object)) {
      return "is no object";
    }
    String named = first(object, "role", "from").text();
    Role role = ROLES.get(named.toLowerCase(Locale.ROOT));
    if (role == null) {
      return "has the role \"%s\", which is none of system, user and assistant".formatted(named);
    }
    String content = content(first(object, "content", "value"));
    if (content == null || content.isBlank()) {
      return "holds no text";
    }
    return switch (role) {
      case SYSTEM -> addSystem(content);
      case USER -> addQuestion(content);
      case ASSISTANT -> addAnswer(content);
    };
  }

  private @Nullable String addSystem(String content) {
    if (!text.isEmpty()) {
      return "is the system's, which must come first";
    }
    text.append(content).append("\n\n");
    return null;
  }

  private @Nullable String addQuestion(String content) {
    newLine();
    text.append(Document.QUESTION).append(content);
    asked = true;
    return null;
  }

  private @Nullable String addAnswer(String content) {
    if (!asked) {
      return "answers before anything was asked";
    }
    newLine();
    text.append(Document.ANSWER).append(' ');
    answerStart = text.length();
    text.append(content);
    answerEnd = text.length();
    return null;
  }

  private void newLine() {
    if (asked) {
      text.append('\n');
    }
  }

  private static FieldValue first(FieldValue.Members object, String name, String otherName) {
    FieldValue value = object.members().get(name);
    value = value == null ? object.members().get(otherName) : value;
    return value == null ? new FieldValue.Nothing() : value;
  }

  /** A text, or the texts of a list of parts put together; null where something else is in it. */
  private static @Nullable String content(FieldValue value) {
    if (!(value instanceof FieldValue.Items parts)) {
      return value instanceof FieldValue.Text text ? text.text() : null;
    }
    List<String> texts = new ArrayList<>();
    for (FieldValue part : parts.items()) {
      if (!(part instanceof FieldValue.Members object)
          || !first(object, "type", "type").text().equals("text")) {
        return null;
      }
      texts.add(first(object, "text", "content").text());
    }
    return String.join("", texts);
  }
}
