/**
 * From a file or a name of the Hub to training batches: source, records, tokenizer, cache, batches,
 * in this order.
 *
 * <p>May know: the JDK; its sub-packages read in the order hub, source, tokenizer, cache, batch.
 * Start reading at {@link io.ghostmoe.data.DatasetPreparer}.
 */
@NullMarked
package io.ghostmoe.data;

import org.jspecify.annotations.NullMarked;
