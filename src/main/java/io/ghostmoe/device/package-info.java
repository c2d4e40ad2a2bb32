/**
 * Finds a backend to compute on and says why it is that one.
 *
 * <p>May know: {@code tensor} and its backends. Start reading at {@link io.ghostmoe.device.Device}.
 */
@NullMarked
package io.ghostmoe.device;

import org.jspecify.annotations.NullMarked;
