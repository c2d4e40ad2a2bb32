/**
 * The optimizer and its learning-rate schedules.
 *
 * <p>May know: {@code autograd}. Start reading at {@link io.ghostmoe.optim.AdamW}.
 */
@NullMarked
package io.ghostmoe.optim;

import org.jspecify.annotations.NullMarked;
