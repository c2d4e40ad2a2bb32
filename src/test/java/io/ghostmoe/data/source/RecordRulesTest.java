package io.ghostmoe.data.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordRulesTest {
  private final RecordRules usual = new RecordRules(null, null, null);

  private static SourceRecord record(String... namesAndTexts) {
    Map<String, FieldValue> fields = new LinkedHashMap<>();
    for (int i = 0; i < namesAndTexts.length; i += 2) {
      fields.put(namesAndTexts[i], new FieldValue.Text(namesAndTexts[i + 1]));
    }
    return new SourceRecord.Fields(1, fields);
  }

  private static Document used(RecordRules rules, SourceRecord record) {
    return ((RecordRules.Used) rules.apply(record)).document();
  }

  private static String refused(RecordRules rules, SourceRecord record) {
    return ((RecordRules.Unusable) rules.apply(record)).why();
  }

  @Test
  void calculatorMarksAndOneCharacterAnswersSurvive() {
    Document marks = used(usual, record("question", "48/2?", "answer", "<<48/2=24>>24\n#### 24"));
    assertThat(marks.text()).isEqualTo("Question: 48/2?\nAnswer: <<48/2=24>>24\n#### 24");
    assertThat(marks.text().substring(marks.answerStart())).startsWith("<<48/2=24>>");
    assertThat(used(usual, record("question", "2+2", "answer", "4")).text())
        .isEqualTo("Question: 2+2\nAnswer: 4");
    assertThat(used(usual, record("text", "x")).text()).isEqualTo("x");
  }

  @Test
  void everyOtherFieldIsDroppedAndNamed() {
    var outcome =
        (RecordRules.Used)
            usual.apply(record("explanation", "e", "question", "q", "answer", "a", "text", "t"));
    assertThat(outcome.document().text()).isEqualTo("Question: q\nAnswer: a");
    assertThat(outcome.dropped()).isEqualTo(List.of("explanation", "text"));
  }

  @Test
  void whiteSpaceInsideAnAnswerIsKept() {
    assertThat(used(usual, record("question", " q ", "answer", " a\n")).text())
        .isEqualTo("Question:  q \nAnswer:  a\n");
  }

  @Test
  void namedFieldsReplaceTheUsualOnes() {
    RecordRules named = new RecordRules("problem", "solution", null);
    assertThat(used(named, record("problem", "p", "solution", "s", "text", "t")).text())
        .isEqualTo("Question: p\nAnswer: s");
    assertThat(refused(named, record("text", "t"))).contains("\"problem\" and \"solution\"");
    RecordRules text = new RecordRules(null, null, "body");
    Document body = used(text, record("question", "q", "answer", "a", "body", "b"));
    assertThat(body).isEqualTo(new Document("b", -1));
    RecordRules both = new RecordRules(null, "solution", "body");
    assertThat(used(both, record("body", "b")).text()).isEqualTo("b");
  }

  @Test
  void aNumberIsTextAndANullIsNothing() {
    Map<String, FieldValue> fields = new LinkedHashMap<>();
    fields.put("question", new FieldValue.Text("2+2"));
    fields.put("answer", new FieldValue.Text("4"));
    assertThat(used(usual, new SourceRecord.Fields(1, fields)).text()).endsWith("Answer: 4");
    fields.put("answer", new FieldValue.Nothing());
    assertThat(refused(usual, new SourceRecord.Fields(1, fields))).contains("question, answer");
  }

  @Test
  void whatCannotBeUsedIsExplained() {
    assertThat(refused(usual, record("question", "q", "answer", " ")))
        .isEqualTo("\"answer\" is empty");
    assertThat(refused(usual, record("text", ""))).isEqualTo("\"text\" is empty");
    assertThat(refused(usual, record("text", "a\uD83D"))).contains("half a character");
    assertThat(refused(usual, record("url", "u"))).contains("(url)");
    Map<String, FieldValue> nested = Map.of("text", new FieldValue.Items(List.of()));
    assertThat(refused(usual, new SourceRecord.Fields(1, nested))).contains("list or an object");
  }

  @Test
  void rulesThatDifferAreDescribedDifferently() {
    assertThat(
            List.of(
                usual.describe(),
                new RecordRules("q", null, null).describe(),
                new RecordRules(null, "q", null).describe(),
                new RecordRules(null, null, "text").describe(),
                new RecordRules("q", null, "text").describe()))
        .doesNotHaveDuplicates()
        .hasSize(5);
  }
}
