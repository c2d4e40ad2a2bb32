/**
 * Backends on the CPU: the scalar one, which is the readable specification, and the vector one.
 *
 * <p>May know: tensor. Start reading at {@link io.ghostmoe.tensor.cpu.ScalarBackend}.
 */
@NullMarked
package io.ghostmoe.tensor.cpu;

import org.jspecify.annotations.NullMarked;
