package io.ghostmoe.data.hub;

/** Hears how a download goes, on the thread that asked for it, and can stop it. */
public interface HubListener {
  /**
   * Hears what the user should see.
   *
   * @param line without an end of line
   */
  void note(String line);

  /**
   * Hears how far it is, a few times a second.
   *
   * @param bytes that are here, those of earlier attempts included
   * @param total that will be
   */
  void progress(long bytes, long total);

  /** {@return whether to stop; what is half here stays for the next time} */
  boolean cancelled();
}
