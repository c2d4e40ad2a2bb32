/**
 * The exercises in {@code data/lambda_dataset.json}: terms of the untyped lambda calculus and their
 * exact normal forms, made from a seed.
 *
 * <p>May know: {@code base} and Jackson. Start reading at {@link
 * io.ghostmoe.data.lambda.ExerciseGenerator}.
 */
@NullMarked
package io.ghostmoe.data.lambda;

import org.jspecify.annotations.NullMarked;
