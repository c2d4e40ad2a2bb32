package io.ghostmoe.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.cache.Manifest;
import io.ghostmoe.data.source.Document;
import io.ghostmoe.data.source.DocumentReader;
import io.ghostmoe.data.source.RecordRules;
import io.ghostmoe.data.source.Source;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SplitsBuilderTest {
  private static final int DOCUMENTS = 3_000;

  @TempDir Path folder;
  private final List<String> notes = new ArrayList<>();
  private final List<Document> documents = new ArrayList<>();

  private final PrepareListener listener =
      new PrepareListener() {
        @Override
        public void note(String line) {
          notes.add(line);
        }
      };

  @BeforeEach
  void makeDocuments() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < DOCUMENTS; i++) {
      lines.append(
          "{\"question\": \"%s?\", \"answer\": \"é %d\"}\n".formatted("word ".repeat(i % 97), i));
    }
    Path file = Files.writeString(folder.resolve("d.jsonl"), lines);
    var _ =
        new DocumentReader(List.of(Source.of(file)), new RecordRules(null, null, null))
            .read(documents::add);
  }

  private void feed(Tokenization.Target train, Tokenization.Target eval) {
    for (int i = 0; i < documents.size(); i++) {
      (i % 10 == 0 ? eval : train).add(documents.get(i));
    }
  }

  private SplitsBuilder.Splits build(Path to, Tokenizer tokenizer, int threads, long shard)
      throws IOException {
    return build(to, tokenizer, threads, shard, this::feed);
  }

  private SplitsBuilder.Splits build(
      Path to, Tokenizer tokenizer, int threads, long shard, SplitsBuilder.Feed feed)
      throws IOException {
    ReferenceSample sample = new ReferenceSample();
    documents.forEach(document -> sample.offer(document.text()));
    Files.createDirectories(to);
    try (SplitsBuilder builder = new SplitsBuilder(tokenizer, threads, shard, listener)) {
      return builder.build(to, DOCUMENTS, sample, feed);
    }
  }

  @Test
  void theFilesDoNotDependOnTheNumberOfThreads() throws IOException {
    try (Tokenizer tokenizer = Tokenizers.open("gpt2")) {
      SplitsBuilder.Splits one = build(folder.resolve("1"), tokenizer, 1, 100_000);
      SplitsBuilder.Splits five = build(folder.resolve("5"), tokenizer, 5, 100_000);
      assertThat(five).isEqualTo(one);
      assertThat(one.train().shards()).hasSizeGreaterThan(3);
      assertThat(one.train().documents()).isEqualTo(2_700);
      assertThat(one.eval().documents()).isEqualTo(300);
      assertThat(one.answers()).isEqualTo(DOCUMENTS);
      assertThat(notes).isEmpty();
    }
  }

  @Test
  void aFastWayThatDiffersIsNotUsedAndThatIsSaid() throws IOException {
    try (Tokenizer tokenizer = Tokenizers.open("gpt2")) {
      SplitsBuilder.Splits right = build(folder.resolve("right"), tokenizer, 2, 100_000);
      SplitsBuilder.Splits doubted =
          build(folder.resolve("doubted"), new Misled(tokenizer), 2, 100_000);
      assertThat(doubted).isEqualTo(right);
      assertThat(notes).hasSize(1);
      assertThat(notes.getFirst()).startsWith("WARNING: the fast way of the tokenizer gpt2");
    }
  }

  /** A first reading that never ends shows that nothing waits for its end. */
  @Test
  @Timeout(60)
  void aFastWayThatDiffersIsGivenUpAtOnce() throws IOException {
    try (Tokenizer tokenizer = Tokenizers.open("gpt2")) {
      AtomicInteger readings = new AtomicInteger();
      SplitsBuilder.Feed feed =
          (train, eval) -> {
            boolean endless = readings.incrementAndGet() == 1;
            do {
              feed(train, eval);
            } while (endless);
          };
      Path doubted = folder.resolve("doubted");
      SplitsBuilder.Splits splits = build(doubted, new Misled(tokenizer), 2, 100_000, feed);
      assertThat(splits).isEqualTo(build(folder.resolve("right"), tokenizer, 2, 100_000));
      assertThat(readings).hasValue(2);
      assertThat(notes).hasSize(1);
    }
  }

  @Test
  void whatGoesWrongOnAnotherThreadComesOutAsItWas() {
    try (Tokenizer tokenizer = Tokenizers.open("byte")) {
      Tokenizer refusing = new Misled(tokenizer, documents.get(1_000).text());
      assertThatThrownBy(() -> build(folder.resolve("refused"), refusing, 3, 100_000))
          .isInstanceOf(UserException.class)
          .hasMessage("refused");
    }
  }

  @Test
  void aCancelledBuildEnds() {
    PrepareListener impatient =
        new PrepareListener() {
          @Override
          public boolean cancelled() {
            return true;
          }
        };
    try (Tokenizer tokenizer = Tokenizers.open("byte");
        SplitsBuilder builder = new SplitsBuilder(new Slow(tokenizer), 1, 100_000, impatient)) {
      assertThatThrownBy(() -> builder.build(folder, DOCUMENTS, new ReferenceSample(), this::feed))
          .isInstanceOf(CancellationException.class);
    }
  }

  @Test
  void anEmptySplitIsAShardWithoutDocuments() throws IOException {
    documents.clear();
    try (Tokenizer tokenizer = Tokenizers.open("byte")) {
      Manifest.Split train = build(folder.resolve("none"), tokenizer, 2, 100_000).train();
      assertThat(train.shards()).hasSize(1);
      assertThat(train.documents()).isZero();
    }
  }

  /** A tokenizer that behaves as another, but for what a test needs. */
  private static class Delegate implements Tokenizer {
    final Tokenizer other;

    Delegate(Tokenizer other) {
      this.other = other;
    }

    @Override
    public String name() {
      return other.name();
    }

    @Override
    public String fingerprint() {
      return other.fingerprint();
    }

    @Override
    public int vocabularySize() {
      return other.vocabularySize();
    }

    @Override
    public int endOfText() {
      return other.endOfText();
    }

    @Override
    public TokenizedText encodeWithLengths(String text) {
      return other.encodeWithLengths(text);
    }

    @Override
    public String decode(int[] ids) {
      return other.decode(ids);
    }

    @Override
    public boolean hasByteTable() {
      return other.hasByteTable();
    }

    @Override
    public byte[] bytes(int id) {
      return other.bytes(id);
    }

    @Override
    public void close() {
      // the other's owner does
    }
  }

  /** Its fast way takes one letter for another; the reference refuses a text. */
  private static final class Misled extends Delegate {
    private final String refused;

    Misled(Tokenizer other) {
      this(other, "\0");
    }

    Misled(Tokenizer other, String refused) {
      super(other);
      this.refused = refused;
    }

    @Override
    public TokenizedText encodeWithLengths(String text) {
      if (text.equals(refused)) {
        throw UserException.input("refused");
      }
      return super.encodeWithLengths(text);
    }

    @Override
    public boolean hasFastEncoder() {
      return refused.equals("\0");
    }

    @Override
    public Encoder fastEncoder() {
      return text -> other.encodeWithLengths(text.replace('é', 'e'));
    }
  }

  private static final class Slow extends Delegate {
    Slow(Tokenizer other) {
      super(other);
    }

    @Override
    public TokenizedText encodeWithLengths(String text) {
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        throw new CancellationException("stopped");
      }
      return super.encodeWithLengths(text);
    }
  }
}
