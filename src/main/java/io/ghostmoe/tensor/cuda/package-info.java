/**
 * The backend of an NVIDIA GPU: the driver through JCuda, device memory, and one class for each
 * family of operations that launches the kernels in {@code kernels/}, or has cuBLAS multiply where
 * it is there. The typed launchers ({@code *Kernels}) are generated from the kernels' signatures
 * when the project is built.
 *
 * <p>May know: {@code tensor} and JCuda. Start reading at {@link
 * io.ghostmoe.tensor.cuda.CudaBackend}, then {@link io.ghostmoe.tensor.cuda.CudaContext}.
 */
@NullMarked
package io.ghostmoe.tensor.cuda;

import org.jspecify.annotations.NullMarked;
