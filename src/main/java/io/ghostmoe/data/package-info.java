/**
 * From a file to training batches: source, records, tokenizer, cache, batches, in this order.
 *
 * <p>May know: the JDK; its sub-packages read in the order source, tokenizer, cache, batch. Start
 * reading at {@link io.ghostmoe.data.DatasetPreparer}.
 */
@NullMarked
package io.ghostmoe.data;

import org.jspecify.annotations.NullMarked;
