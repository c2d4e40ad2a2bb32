package io.ghostmoe.data;

/**
 * Hears how a preparation goes, and can stop it. Called on the thread that prepares, seldom enough
 * that it may draw.
 */
public interface PrepareListener {
  /** Hears nothing, stops nothing. */
  PrepareListener SILENT = new PrepareListener() {};

  /** What the build will take; not called where nothing is built. */
  default void estimate(PrepareEstimate estimate) {}

  /** How far the work is. */
  default void progress(PrepareProgress progress) {}

  /** One line that the user should see: the split, what was dropped, hit or miss, a rebuild. */
  default void note(String line) {}

  /**
   * Asked at every record; true makes the preparation end with a {@link
   * java.util.concurrent.CancellationException} and leave nothing behind.
   */
  default boolean cancelled() {
    return false;
  }
}
