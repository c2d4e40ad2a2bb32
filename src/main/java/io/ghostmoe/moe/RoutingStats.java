package io.ghostmoe.moe;

import io.ghostmoe.tensor.Tensor;

/**
 * What one forward pass of an expert layer saw, still on the device. It lives as long as the step.
 *
 * @param offsets I32 [A+1]: expert e served offsets[e+1] − offsets[e] slots
 * @param losses [2]: the router's balance loss and z-loss, unweighted
 */
public record RoutingStats(Tensor offsets, Tensor losses) {}
