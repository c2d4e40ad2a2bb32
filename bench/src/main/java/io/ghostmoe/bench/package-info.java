/**
 * What an operation, a step, a generated token and a cache cost, at the shapes of the two reference
 * workloads. May know the engine's public API and JMH. Start reading at {@link
 * io.ghostmoe.bench.Operands}.
 */
package io.ghostmoe.bench;
