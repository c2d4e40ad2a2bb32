/**
 * A training run: its folder, its loop, its evaluation and its metrics.
 *
 * <p>May know: every package but {@code report}, the root and {@code cli}; Jackson. Start reading
 * at {@link io.ghostmoe.train.RunFolder}.
 */
@NullMarked
package io.ghostmoe.train;

import org.jspecify.annotations.NullMarked;
