/**
 * The transformer: its configuration, its blocks, its loss.
 *
 * <p>May know: {@code moe}. Start reading at {@link io.ghostmoe.model.Transformer}.
 */
@NullMarked
package io.ghostmoe.model;

import org.jspecify.annotations.NullMarked;
