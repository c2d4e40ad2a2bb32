package io.ghostmoe.data.source;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.util.List;

/** Reads the documents of a source: its records, through the rules. */
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
   * Hands every usable document to {@code sink}, in order. Two readings of the same file give the
   * same documents.
   *
   * @param sink takes the documents; what it throws ends the reading
   * @return what was read, and what could not be used
   * @throws UserException if the file cannot be read or is broken beyond single records
   */
  public RecordReport read(DocumentSink sink) {
    RecordReport report = new RecordReport(sources.getFirst().file());
    for (Source source : sources) {
      read(source, report, sink);
    }
    return report;
  }

  private void read(Source source, RecordReport report, DocumentSink sink) {
    try {
      source.read(
          new Source.RecordSink() {
            @Override
            public void record(SourceRecord record) {
              sink.record();
              switch (rules.apply(record)) {
                case RecordRules.Used used -> {
                  report.used(used);
                  sink.document(used.document());
                }
                case RecordRules.Unusable unusable ->
                    report.unusable(record.line(), unusable.why());
              }
            }

            @Override
            public void broken(int line, String why) {
              sink.record();
              report.broken(line, why);
            }
          });
    } catch (IOException e) {
      throw UserException.environment(
          "%s cannot be read: %s.".formatted(source.file(), e.getMessage()), e);
    }
  }
}
