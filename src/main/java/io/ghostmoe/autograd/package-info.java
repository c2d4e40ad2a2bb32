/**
 * Reverse-mode differentiation: a tape, variables, parameters, and one file per operation with its
 * forward and backward pass side by side.
 *
 * <p>May know: {@code tensor}. Start reading at {@link io.ghostmoe.autograd.Tape}, then {@link
 * io.ghostmoe.autograd.Linear}.
 */
@NullMarked
package io.ghostmoe.autograd;

import org.jspecify.annotations.NullMarked;
