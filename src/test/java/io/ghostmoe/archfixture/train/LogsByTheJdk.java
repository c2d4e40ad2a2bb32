package io.ghostmoe.archfixture.train;

import java.util.logging.Logger;

/** Logs past the listener. */
public final class LogsByTheJdk {
  void log() {
    Logger.getLogger("train").info("loss");
  }
}
