package io.ghostmoe.data;

import io.ghostmoe.base.UserException;
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
import java.io.IOException;
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
  private final DatasetRequest request;
  private final Corpus corpus;
  private final EntryKey key;
  private final List<SourceHashes.Known> sources;
  private final Tokenizer tokenizer;
  private final PrepareListener listener;
  private final DocumentReader dataset;
  private final @Nullable DocumentReader evalFile;
  private final List<Survey> surveys = new ArrayList<>();
  private final ReferenceSample sample = new ReferenceSample();

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
    try (SplitsBuilder builder =
        new SplitsBuilder(tokenizer, request.threads(), SplitWriter.SHARD_CHARACTERS, listener)) {
      List<RecordReport> reports = survey();
      SplitPlan plan = plan();
      List<String> notes = notes(reports, plan);
      notes.forEach(listener::note);
      requireRoom(estimate(reports, plan), folder);
      SplitsBuilder.Splits splits =
          builder.build(folder, chosen(plan), sample, (train, eval) -> read(plan, train, eval));
      requireUnchanged();
      return manifest(reports, notes, splits);
    }
  }

  /** Does the first reading alone, and tokenizes a sample. */
  PrepareEstimate estimate() {
    List<RecordReport> reports = survey();
    SplitPlan plan = plan();
    notes(reports, plan).forEach(listener::note);
    return estimate(reports, plan);
  }

  private PrepareEstimate estimate(List<RecordReport> reports, SplitPlan plan) {
    return PrepareEstimate.of(
        chosen(plan),
        textBytes(reports, plan),
        sample.bytesPerToken(tokenizer.fastEncoder()),
        tokenizer,
        request.threads());
  }

  private SplitPlan plan() {
    return evalFile == null
        ? SplitPlan.ofOne(surveys.get(0).distinct(), request)
        : SplitPlan.ofTwo(
            surveys.get(0).distinct(), surveys.get(1).distinct(), corpus.evalLabel(), request);
  }

  private static long chosen(SplitPlan plan) {
    return (long) plan.train().cardinality() + plan.eval().cardinality();
  }

  private static long textBytes(List<RecordReport> reports, SplitPlan plan) {
    long all = reports.stream().mapToLong(RecordReport::documents).sum();
    long bytes = reports.stream().mapToLong(RecordReport::textBytes).sum();
    return Math.round((double) bytes * chosen(plan) / all);
  }

  /** The first reading. */
  private List<RecordReport> survey() {
    List<RecordReport> reports = new ArrayList<>();
    for (DocumentReader reader : evalFile == null ? List.of(dataset) : List.of(dataset, evalFile)) {
      Survey survey = new Survey(listener, sample, request.deduplicate());
      surveys.add(survey);
      reports.add(reader.read(survey));
    }
    reports.forEach(RecordReport::requireDocuments);
    BadRecords.require(
        reports.stream().mapToInt(RecordReport::bad).sum(), places(reports), request);
    return reports;
  }

  /** The second reading. */
  private void read(SplitPlan plan, Tokenization.Target train, Tokenization.Target eval) {
    if (evalFile == null) {
      dataset.read(new Chosen(surveys.get(0), plan.train(), train, plan.eval(), eval));
    } else {
      dataset.read(new Chosen(surveys.get(0), plan.train(), train, new BitSet(), eval));
      evalFile.read(new Chosen(surveys.get(1), new BitSet(), train, plan.eval(), eval));
    }
  }

  /** Tells what is ahead, and fails now rather than on a full disk later. */
  private void requireRoom(PrepareEstimate estimate, Path folder) throws IOException {
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
    if (request.deduplicate()) {
      int duplicates = surveys.stream().mapToInt(s -> s.duplicates().cardinality()).sum();
      notes.add("duplicates left out: %,d".formatted(duplicates));
    }
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
      List<RecordReport> reports, List<String> notes, SplitsBuilder.Splits splits) {
    int documents = splits.train().documents() + splits.eval().documents();
    return new Manifest(
        EntryKey.CACHE_VERSION,
        key.name(),
        key.fingerprint(),
        key.inputs(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        splits.answers() == documents ? Manifest.Kind.QA : Manifest.Kind.TEXT,
        tokenizer.vocabularySize(),
        reports.stream().mapToInt(RecordReport::bad).sum(),
        places(reports),
        dropped(reports),
        notes,
        splits.train(),
        splits.eval());
  }

  /** Hands the documents that were chosen to their splits. */
  private final class Chosen implements DocumentReader.DocumentSink {
    private final BitSet duplicates;
    private final BitSet trainChosen;
    private final Tokenization.Target train;
    private final BitSet evalChosen;
    private final Tokenization.Target eval;
    private int read;
    private int distinct;

    Chosen(
        Survey survey,
        BitSet trainChosen,
        Tokenization.Target train,
        BitSet evalChosen,
        Tokenization.Target eval) {
      duplicates = survey.duplicates();
      this.trainChosen = trainChosen;
      this.train = train;
      this.evalChosen = evalChosen;
      this.eval = eval;
    }

    @Override
    public void document(Document document) {
      if (listener.cancelled()) {
        throw new CancellationException("preparing " + key.name() + " was cancelled");
      }
      if (duplicates.get(read++)) {
        return;
      }
      if (trainChosen.get(distinct)) {
        train.add(document);
      } else if (evalChosen.get(distinct)) {
        eval.add(document);
      }
      distinct++;
    }
  }
}
