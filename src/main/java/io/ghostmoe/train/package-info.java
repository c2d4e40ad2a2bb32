/**
 * Training: one step, the loop around it, evaluation, and what a run leaves on disk.
 *
 * <p>May know: everything from {@code data} to {@code generate}. Start reading at {@link
 * io.ghostmoe.train.TrainingStep}.
 */
@NullMarked
package io.ghostmoe.train;

import org.jspecify.annotations.NullMarked;
