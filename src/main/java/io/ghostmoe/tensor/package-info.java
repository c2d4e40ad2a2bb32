/**
 * Shapes, tensors and the contract of a backend: what every device must be able to compute.
 *
 * <p>May know: the JDK. Start reading at {@link io.ghostmoe.tensor.Backend}.
 */
@NullMarked
package io.ghostmoe.tensor;

import org.jspecify.annotations.NullMarked;
