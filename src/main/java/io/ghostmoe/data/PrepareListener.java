package io.ghostmoe.data;

/**
 * Hears how a preparation goes, and can stop it. Called on the thread that prepares, seldom enough
 * that it may draw.
 */
public interface PrepareListener {
  /** Hears nothing, stops nothing. */
  PrepareListener SILENT = new PrepareListener() {};

  /**
   * Hears what the build will take; not called where nothing is built.
   *
   * @param estimate about the whole build, before it tokenizes anything
   */
  default void estimate(PrepareEstimate estimate) {}

  /**
   * Hears how far the work is, from time to time.
   *
   * @param progress where it stands
   */
  default void progress(PrepareProgress progress) {}

  /**
   * Hears what the user should see: the split, what was dropped, hit or miss, a rebuild.
   *
   * @param line without an end of line
   */
  default void note(String line) {}

  /**
   * Asked at every record, and while another process builds the same entry.
   *
   * @return whether to end with a {@link java.util.concurrent.CancellationException} and leave
   *     nothing behind
   */
  default boolean cancelled() {
    return false;
  }
}
