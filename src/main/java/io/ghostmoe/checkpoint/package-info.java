/**
 * What a run leaves behind to be resumed, sampled and exported: safetensors files, and checkpoints
 * that are whole or not there.
 *
 * <p>May know: {@code model}, {@code optim}, Jackson. Start reading at {@link
 * io.ghostmoe.checkpoint.CheckpointStore}.
 */
@NullMarked
package io.ghostmoe.checkpoint;

import org.jspecify.annotations.NullMarked;
