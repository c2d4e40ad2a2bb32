/**
 * Datasets of the Hugging Face Hub: from a repository's name to files on this disk, in the cache
 * that the other clients of the Hub share.
 *
 * <p>May know: the JDK, Jackson. Start reading at {@link io.ghostmoe.data.hub.Hub}.
 */
@NullMarked
package io.ghostmoe.data.hub;

import org.jspecify.annotations.NullMarked;
