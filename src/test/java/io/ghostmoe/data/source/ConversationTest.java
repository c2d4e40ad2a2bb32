package io.ghostmoe.data.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.data.source.RecordRules.Outcome;
import io.ghostmoe.data.source.RecordRules.Unusable;
import io.ghostmoe.data.source.RecordRules.Used;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;

class ConversationTest {
  private static Outcome apply(RecordRules rules, String json) {
    try (JsonParser parser = new JsonRecords().parser(json)) {
      parser.nextToken();
      return rules.apply(new SourceRecord.Fields(1, JsonRecords.fields(parser, rules::wants)));
    }
  }

  private static Used used(String messages) {
    RecordRules usual = new RecordRules(null, null, null);
    return (Used) apply(usual, "{\"id\": 1, \"messages\": %s}".formatted(messages));
  }

  private static String refused(String messages) {
    RecordRules usual = new RecordRules(null, null, null);
    return ((Unusable) apply(usual, "{\"messages\": %s}".formatted(messages))).why();
  }

  private static String message(String role, String content) {
    return "{\"role\": \"%s\", \"content\": \"%s\"}".formatted(role, content);
  }

  @Test
  void oneQuestionAndOneAnswerAreTheDocumentThatTheseFieldsWouldBe() {
    Used used = used("[%s, %s]".formatted(message("user", "2+2?"), message("assistant", "4")));
    assertThat(used.document()).isEqualTo(Document.ofAnswer("2+2?", "4"));
    assertThat(used.dropped()).containsExactly("id");
  }

  @Test
  void theLastAnswerOfSeveralIsTheAnswer() {
    Document document =
        used("[%s, %s, %s, %s, %s]"
                .formatted(
                    message("system", "Be brief."),
                    message("user", "a?"),
                    message("assistant", "b"),
                    message("user", "c?"),
                    message("assistant", "d")))
            .document();
    assertThat(document.text())
        .isEqualTo("Be brief.\n\nQuestion: a?\nAnswer: b\nQuestion: c?\nAnswer: d");
    assertThat(document.text().substring(document.answerStart())).isEqualTo("d");
  }

  @Test
  void whatFollowsTheLastAnswerIsLeftOutAndSaid() {
    Used used =
        used(
            "[%s, %s, %s]"
                .formatted(
                    message("user", "a?"), message("assistant", "b"), message("user", "c?")));
    assertThat(used.document()).isEqualTo(Document.ofAnswer("a?", "b"));
    assertThat(used.dropped()).containsExactly("id", "messages after the last answer");
  }

  @Test
  void shareGptsNamesAreReadToo() {
    RecordRules usual = new RecordRules(null, null, null);
    Used used =
        (Used)
            apply(
                usual,
                "{\"conversations\": [{\"from\": \"human\", \"value\": \"a?\"},"
                    + " {\"from\": \"gpt\", \"value\": \"b\"}]}");
    assertThat(used.document()).isEqualTo(Document.ofAnswer("a?", "b"));
  }

  @Test
  void contentInPartsOfTextIsPutTogether() {
    Used used =
        used(
            "[{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"a\"},"
                + " {\"type\": \"text\", \"text\": \"?\"}]}, "
                + message("assistant", "b")
                + "]");
    assertThat(used.document()).isEqualTo(Document.ofAnswer("a?", "b"));
  }

  @Test
  void aFieldOfMessagesCanBeNamedAndLieInside() {
    RecordRules named = new RecordRules(null, null, "chat.turns");
    Used used =
        (Used)
            apply(
                named,
                "{\"chat\": {\"turns\": [%s, %s]}}"
                    .formatted(message("user", "a?"), message("assistant", "b")));
    assertThat(used.document()).isEqualTo(Document.ofAnswer("a?", "b"));
  }

  @Test
  void aTextOrAQuestionComesBeforeMessages() {
    RecordRules usual = new RecordRules(null, null, null);
    String chat = "[%s, %s]".formatted(message("user", "a?"), message("assistant", "b"));
    Used used = (Used) apply(usual, "{\"messages\": %s, \"text\": \"t\"}".formatted(chat));
    assertThat(used.document()).isEqualTo(Document.ofText("t"));
    assertThat(used.dropped()).containsExactly("messages");
  }

  @Test
  void whatIsNoConversationIsExplained() {
    assertThat(refused("[" + message("user", "a?") + "]"))
        .isEqualTo("\"messages\": no answer in its conversation");
    assertThat(refused("[" + message("assistant", "b") + "]"))
        .contains("message 1 answers before anything was asked");
    assertThat(refused("[" + message("tool", "b") + "]")).contains("the role \"tool\"");
    assertThat(refused("[%s, 7]".formatted(message("user", "a?"))))
        .contains("message 2 is no object");
    assertThat(refused("[%s, %s]".formatted(message("user", "a?"), message("system", "s"))))
        .contains("must come first");
    assertThat(
            refused(
                "[%s, {\"role\": \"assistant\", \"content\": [{\"type\": \"image\"}]}]"
                    .formatted(message("user", "a?"))))
        .contains("message 2 holds no text");
    assertThat(
            refused(
                "[%s, {\"role\": \"assistant\", \"content\": null}]"
                    .formatted(message("user", "a?"))))
        .contains("message 2 holds no text");
    assertThat(refused("[%s, %s]".formatted(message("user", "a"), message("assistant", "\\ud83d"))))
        .contains("half a character");
    assertThat(refused("[]")).contains("nor \"messages\" among its fields");
  }
}
