/**
 * The command line: flags to settings, events to lines, errors to exit codes. It decides nothing.
 *
 * <p>May know: everything; picocli and the progress bar. Start reading at {@link
 * io.ghostmoe.cli.CommandLineApp}.
 */
@NullMarked
package io.ghostmoe.cli;

import org.jspecify.annotations.NullMarked;
