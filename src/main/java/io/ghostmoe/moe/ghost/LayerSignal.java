package io.ghostmoe.moe.ghost;

/**
 * What the policy sees of a layer.
 *
 * @param saturation in [0, 1]; 0 as long as too few steps have been seen
 * @param mostUseful the primary expert whose outputs weighed most
 */
public record LayerSignal(double saturation, int mostUseful) {}
