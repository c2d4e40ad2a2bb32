/**
 * Ghost experts as values: when they wake, how far awake they are, at what rate they learn, what
 * share of the load is theirs. Nothing here touches a tensor.
 *
 * <p>May know: {@code base}. Start reading at {@link io.ghostmoe.moe.ghost.GhostPolicy}.
 */
@NullMarked
package io.ghostmoe.moe.ghost;

import org.jspecify.annotations.NullMarked;
