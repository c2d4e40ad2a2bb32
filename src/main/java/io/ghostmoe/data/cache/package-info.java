/**
 * Token ids on disk: fingerprinted entries, built once, published whole, read by memory mapping.
 *
 * <p>May know: the JDK, Jackson, {@code data.source} and {@code data.tokenizer}. Start reading at
 * {@link io.ghostmoe.data.cache.TokenStore}.
 */
@NullMarked
package io.ghostmoe.data.cache;

import org.jspecify.annotations.NullMarked;
