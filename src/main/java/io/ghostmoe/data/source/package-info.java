/**
 * Files to records, records to documents: what is read, what is used, what is dropped and why.
 *
 * <p>May know: the JDK, Jackson, and alone the libraries of the other formats. Start reading at
 * {@link io.ghostmoe.data.source.Source}.
 */
@NullMarked
package io.ghostmoe.data.source;

import org.jspecify.annotations.NullMarked;
