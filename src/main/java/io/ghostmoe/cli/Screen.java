package io.ghostmoe.cli;

/**
 * What the place that a command writes to can do.
 *
 * @param interactive whether a person sits there, who reads and can be asked
 * @param redraws whether a line can be drawn again
 * @param colours whether escape sequences for colours are welcome on standard output
 * @param errorColours the same on standard error
 * @param width columns
 */
record Screen(
    boolean interactive, boolean redraws, boolean colours, boolean errorColours, int width) {
  /** A file or a pipe. */
  static final Screen NONE = new Screen(false, false, false, false, TerminalProbe.DEFAULT_WIDTH);
}
