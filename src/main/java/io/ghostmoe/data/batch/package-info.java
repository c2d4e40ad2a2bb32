/**
 * Cuts documents into windows of equal length and windows into batches.
 *
 * <p>May know: the JDK and {@code data.cache}. Start reading at {@link
 * io.ghostmoe.data.batch.BatchSource}.
 */
@NullMarked
package io.ghostmoe.data.batch;

import org.jspecify.annotations.NullMarked;
