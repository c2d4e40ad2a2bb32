package io.ghostmoe.data.source;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.util.List;

/** Reads the documents of sources, one after the other: their records, through the rules. */
public final class DocumentReader {
  private final List<Source> sources;
  private final RecordRules rules;

  /**
   * Reads sources by rules.
   *
   * @param sources where the records are, at least one
   * @param rules which of their fields become documents
   */
  public DocumentReader(List<Source> sources, RecordRules rules) {
    this.sources = List.copyOf(sources);
    this.rules = rules;
  }

  /** Takes the documents. */
  public interface DocumentSink {
    /**
     * Takes the next usable document.
     *
     * @param document in the order of the source
     */
    void document(Document document);

    /** Called for every record, the bad ones too, before its document. */
    default void record() {}
  }

  /**
   * Hands every usable document to {@code sink}, in order. Two readings of the same files give the
   * same documents.
   *
   * @param sink takes the documents; what it throws ends the reading
   * @return what was read, and what could not be used
   * @throws UserException if a file cannot be read or is broken beyond single records
   */
  public RecordReport read(DocumentSink sink) {
    RecordReport report = new RecordReport(sources);
    for (Source source : sources) {
      report.begin(source);
      try {
        source.read(rules::wants, new ByRules(report, sink));
      } catch (IOException e) {
        throw UserException.environment(
            "%s cannot be read: %s.".formatted(source.file(), e.getMessage()), e);
      }
    }
    return report;
  }

  private final class ByRules implements Source.RecordSink {
    private final RecordReport report;
    private final DocumentSink sink;

    ByRules(RecordReport report, DocumentSink sink) {
      this.report = report;
      this.sink = sink;
    }

    @Override
    public void record(SourceRecord record) {
      sink.record();
      switch (rules.apply(record)) {
        case RecordRules.Used used -> {
          report.used(used);
          sink.document(used.document());
        }
        case RecordRules.Unusable unusable -> report.unusable(record.place(), unusable.why());
      }
    }

    @Override
    public void broken(int place, String why) {
      sink.record();
      report.broken(place, why);
    }
  }
}
