#!/usr/bin/env python3
"""Matrix products of NumPy's OpenBLAS at the shapes of ProductBenchmark.

usage: OPENBLAS_NUM_THREADS=2 products.py        prints SHAPE GFLOP/S, a line each
"""
import time

import numpy as np

SHAPES = ["1024x1024x1024", "2048x256x1024", "2048x1024x256", "1024x32x50257", "256x256x50257"]


def rate(m, k, n, seconds=2.0):
    """GFLOP/s over calls that together take some seconds, after as long a warm-up."""
    a = np.random.rand(m, k).astype(np.float32)
    b = np.random.rand(n, k).astype(np.float32).T  # weights lie transposed, as in a dense layer
    c = np.empty((m, n), np.float32)
    for _ in range(2):
        calls, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            np.matmul(a, b, out=c)
            calls += 1
        took = time.perf_counter() - start
    return 2e-9 * m * k * n * calls / took


if __name__ == "__main__":
    for shape in SHAPES:
        print(shape, round(rate(*map(int, shape.split("x"))), 1))
