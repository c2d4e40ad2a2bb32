/**
 * Text from a trained model: sampling, and a cache so that no position is computed twice.
 *
 * <p>May know: {@code model} and {@code data}'s tokenizers. Start reading at {@link
 * io.ghostmoe.generate.Generator}.
 */
@NullMarked
package io.ghostmoe.generate;

import org.jspecify.annotations.NullMarked;
