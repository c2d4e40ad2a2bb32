/**
 * Text to token ids and back.
 *
 * <p>May know: the JDK, Jackson, and alone the tokenizer libraries (DJL, jtokkit's ranks). Start
 * reading at {@link io.ghostmoe.data.tokenizer.Tokenizer}.
 */
@NullMarked
package io.ghostmoe.data.tokenizer;

import org.jspecify.annotations.NullMarked;
