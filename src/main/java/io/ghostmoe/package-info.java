/**
 * The public face of the engine: what a program that embeds it needs, and all that the command line
 * uses.
 *
 * <p>May know: every package but {@code cli}, Jackson. Start reading at {@link
 * io.ghostmoe.TrainSettings}.
 */
@NullMarked
package io.ghostmoe;

import org.jspecify.annotations.NullMarked;
