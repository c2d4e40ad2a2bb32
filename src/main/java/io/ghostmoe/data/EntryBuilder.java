package io.ghostmoe.data;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.PrepareProgress.Phase;
import io.ghostmoe.data.cache.EntryKey;
import io.ghostmoe.data.cache.Manifest;
import io.ghostmoe.data.cache.SourceHashes;
import io.ghostmoe.data.cache.SplitWriter;
import io.ghostmoe.data.source.Document;
import io.ghostmoe.data.source.DocumentReader;
import io.ghostmoe.data.source.RecordReport;
import io.ghostmoe.data.source.RecordRules;
import io.ghostmoe.data.source.Source;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizer.TokenizedText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Builds one cache entry in two readings of its sources: the first counts and checks every record,
 * so that bad ones are known before any work is done and the split is; the second tokenizes the
 * documents that were chosen, in the order of the file.
 */
final class EntryBuilder {
  private static final int PROGRESS_EVERY = 64;

  private final DatasetRequest request;
  private final Corpus corpus;
  private final EntryKey key;
  private final List<SourceHashes.Known> sources;
  private final Tokenizer tokenizer;
  private final PrepareListener listener;
  private final DocumentReader dataset;
  private final @Nullable DocumentReader evalFile;

  EntryBuilder(
      DatasetRequest request,
      Corpus corpus,
      EntryKey key,
      List<SourceHashes.Known> sources,
      Tokenizer tokenizer,
      PrepareListener listener) {
    this.request = request;
    this.corpus = corpus;
    this.key = key;
    this.sources = sources;
    this.tokenizer = tokenizer;
    this.listener = listener;
    RecordRules rules = DatasetPreparer.rules(request);
    dataset = new DocumentReader(sources(corpus.train()), rules);
    evalFile = corpus.hasEval() ? new DocumentReader(sources(corpus.eval()), rules) : null;
  }

  private static List<Source> sources(List<Corpus.Part> parts) {
    return parts.stream().map(part -> Source.of(part.file())).toList();
  }

  /** Writes all files but the manifest, which it returns. */
  Manifest build(Path folder) throws IOException {
    List<RecordReport> reports = count();
    SplitPlan plan =
        evalFile == null
            ? SplitPlan.ofOne(reports.get(0).documents(), request)
            : SplitPlan.ofTwo(
                reports.get(0).documents(),
                reports.get(1).documents(),
                corpus.evalLabel(),
                request);
    List<String> notes = notes(reports, plan);
    notes.forEach(listener::note);
    estimate(reports, plan, folder);
    try (SplitWriter train = new SplitWriter(folder, "train", tokenizer);
        SplitWriter eval = new SplitWriter(folder, "eval", tokenizer)) {
      Tokenization work = new Tokenization(plan.train().cardinality() + plan.eval().cardinality());
      if (evalFile == null) {
        dataset.read(work.into(plan.train(), train, plan.eval(), eval));
      } else {
        dataset.read(work.into(plan.train(), train, new BitSet(), eval));
        evalFile.read(work.into(new BitSet(), train, plan.eval(), eval));
      }
      work.report();
      requireUnchanged();
      return manifest(reports, notes, work.answers, train.finish(), eval.finish());
    }
  }

  /** The first reading. */
  private List<RecordReport> count() {
    List<RecordReport> reports = new ArrayList<>();
    Counting counting = new Counting();
    reports.add(dataset.read(counting));
    if (evalFile != null) {
      reports.add(evalFile.read(counting));
    }
    reports.forEach(RecordReport::requireDocuments);
    BadRecords.require(
        reports.stream().mapToInt(RecordReport::bad).sum(), places(reports), request);
    return reports;
  }

  /** Tells what is ahead, and fails now rather than on a full disk later. */
  private void estimate(List<RecordReport> reports, SplitPlan plan, Path folder)
      throws IOException {
    long all = reports.stream().mapToLong(RecordReport::documents).sum();
    long characters = reports.stream().mapToLong(RecordReport::characters).sum();
    long chosen = (long) plan.train().cardinality() + plan.eval().cardinality();
    long textBytes = Math.round((double) characters * chosen / all);
    PrepareEstimate estimate = PrepareEstimate.of(chosen, textBytes, tokenizer);
    listener.estimate(estimate);
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < estimate.cacheBytes()) {
      throw UserException.environment(
          "%s has %,d bytes free, %s needs about %,d: make room or pass another --cache-dir."
              .formatted(folder.getParent(), free, key.name(), estimate.cacheBytes()));
    }
  }

  private static List<String> places(List<RecordReport> reports) {
    return reports.stream().filter(r -> r.bad() > 0).map(RecordReport::badPlaces).toList();
  }

  private List<String> notes(List<RecordReport> reports, SplitPlan plan) {
    List<String> notes = new ArrayList<>(corpus.notes());
    notes.add(plan.note());
    SortedMap<String, Integer> dropped = dropped(reports);
    if (!dropped.isEmpty()) {
      List<String> fields = new ArrayList<>();
      dropped.forEach((name, count) -> fields.add("%s (%,d)".formatted(name, count)));
      notes.add("dropped fields: " + String.join(", ", fields));
    }
    int bad = reports.stream().mapToInt(RecordReport::bad).sum();
    if (bad > 0) {
      notes.add(
          "bad records left out: %,d (%s)".formatted(bad, String.join("; ", places(reports))));
    }
    return notes;
  }

  private static SortedMap<String, Integer> dropped(List<RecordReport> reports) {
    SortedMap<String, Integer> dropped = new TreeMap<>();
    for (RecordReport report : reports) {
      report.dropped().forEach((name, count) -> dropped.merge(name, count, Integer::sum));
    }
    return dropped;
  }

  private void requireUnchanged() throws IOException {
    for (SourceHashes.Known source : sources) {
      if (!source.isUnchanged()) {
        throw UserException.environment(
            "%s changed while it was read: run again when it is finished."
                .formatted(source.path()));
      }
    }
  }

  private Manifest manifest(
      List<RecordReport> reports,
      List<String> notes,
      int answers,
      Manifest.Split train,
      Manifest.Split eval) {
    return new Manifest(
        EntryKey.CACHE_VERSION,
        key.name(),
        key.fingerprint(),
        key.inputs(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        answers == train.documents() + eval.documents() ? Manifest.Kind.QA : Manifest.Kind.TEXT,
        tokenizer.vocabularySize(),
        reports.stream().mapToInt(RecordReport::bad).sum(),
        places(reports),
        dropped(reports),
        notes,
        train,
        eval);
  }

  private void requireNotCancelled() {
    if (listener.cancelled()) {
      throw new CancellationException("preparing " + key.name() + " was cancelled");
    }
  }

  /** Counts what is read. */
  private final class Counting implements DocumentReader.DocumentSink {
    private long records;

    @Override
    public void record() {
      requireNotCancelled();
      if (++records % (16 * PROGRESS_EVERY) == 0) {
        listener.progress(new PrepareProgress(Phase.READ, records, -1, 0));
      }
    }

    @Override
    public void document(Document document) {
      // the reader's report counts them
    }
  }

  /** Tokenizes what was chosen. */
  private final class Tokenization {
    private final int total;
    private int done;
    private int answers;
    private long tokens;

    Tokenization(int total) {
      this.total = total;
    }

    DocumentReader.DocumentSink into(
        BitSet trainChosen, SplitWriter train, BitSet evalChosen, SplitWriter eval) {
      return new DocumentReader.DocumentSink() {
        private int index;

        @Override
        public void document(Document document) {
          requireNotCancelled();
          if (trainChosen.get(index)) {
            add(document, train);
          } else if (evalChosen.get(index)) {
            add(document, eval);
          }
          index++;
        }
      };
    }

    void report() {
      listener.progress(new PrepareProgress(Phase.TOKENIZE, done, total, tokens));
    }

    private void add(Document document, SplitWriter split) {
      TokenizedText text = tokenizer.encodeWithLengths(document.text());
      try {
        split.add(text, document.answerByte());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      answers += document.hasAnswer() ? 1 : 0;
      tokens += text.ids().length;
      if (++done % PROGRESS_EVERY == 0) {
        report();
      }
    }
  }
}
