/**
 * The mixture of experts: router, load balance and the expert layer. Ghost experts will live here.
 *
 * <p>May know: {@code autograd}. Start reading at {@link io.ghostmoe.moe.MoeLayer}.
 */
@NullMarked
package io.ghostmoe.moe;

import org.jspecify.annotations.NullMarked;
