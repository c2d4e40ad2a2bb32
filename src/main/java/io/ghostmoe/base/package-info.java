/**
 * The few things that every package needs: errors of the user's making, files published atomically,
 * random draws that depend on nothing but their key.
 *
 * <p>May know: the JDK. Start reading at {@link io.ghostmoe.base.AtomicFiles}.
 */
@NullMarked
package io.ghostmoe.base;

import org.jspecify.annotations.NullMarked;
