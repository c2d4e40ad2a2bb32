package io.ghostmoe.cli;

import io.ghostmoe.data.cache.Manifest;
import java.util.Optional;

/** A run's model, ready to continue texts, each by itself. */
public interface TextModel extends AutoCloseable {
  /** The run's name. */
  String run();

  /** The step of the checkpoint. */
  long step();

  /** What it was trained on; empty where that is not known. */
  Optional<Manifest.Kind> kind();

  /** Continues a text as the settings say. */
  GenerateOutcome generate(String prompt, TextListener listener);

  @Override
  void close();
}
