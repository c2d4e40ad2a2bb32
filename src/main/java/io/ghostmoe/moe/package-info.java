/**
 * The mixture of experts: router, load balance and the expert layer, which grows when a ghost
 * wakes; what a ghost is and when it wakes is in {@code moe.ghost}.
 *
 * <p>May know: {@code autograd}, {@code moe.ghost}. Start reading at {@link
 * io.ghostmoe.moe.MoeLayer}.
 */
@NullMarked
package io.ghostmoe.moe;

import org.jspecify.annotations.NullMarked;
