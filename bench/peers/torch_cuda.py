"""The model of step.py on a GPU, timed per step, and the peaks of PyTorch's products there.

usage: torch_cuda.py OUT.json
"""

import json
import statistics
import sys
import time

import torch
from torch import nn

from step import VOCABULARY, WORKLOADS, Model


def step_time(name, amp, tf32, seconds=4.0, device="cuda"):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    torch.manual_seed(0)
    workload = WORKLOADS[name]
    shape = (workload["batch"], workload["time"])
    with torch.device(device):
        model = Model(1, **workload)
        ids, targets = torch.randint(0, VOCABULARY, (2, *shape))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    times = []
    begin = time.perf_counter()
    for i in range(60):
        torch.cuda.synchronize()
        start = time.perf_counter()
        with torch.autocast(device, torch.bfloat16, enabled=amp):
            loss = model(ids, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        value = loss.item()
        torch.cuda.synchronize()
        if i >= 3:
            times.append(time.perf_counter() - start)
        if len(times) >= 3 and time.perf_counter() - begin > seconds:
            break
    median = statistics.median(times)
    result = dict(
        median_ms=median * 1e3,
        tokens_per_second=shape[0] * shape[1] / median,
        parameters=sum(p.numel() for p in model.parameters()),
        memory_gib=torch.cuda.max_memory_allocated() / 2**30,
        loss=value,
        steps=len(times),
    )
    del model, optimizer, loss
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    return result


def product_peak(dtype, tf32):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    n = 8192
    a = torch.randn(n, n, device="cuda", dtype=dtype)
    b = torch.randn(n, n, device="cuda", dtype=dtype)
    a @ b
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(5):
        a @ b
    torch.cuda.synchronize()
    return 5 * 2 * n**3 / (time.perf_counter() - start) / 1e12


def main():
    out = dict(torch=torch.__version__, device=torch.cuda.get_device_name(0))
    out["product_8192_tflops"] = dict(
        fp32=product_peak(torch.float32, False),
        tf32=product_peak(torch.float32, True),
        bf16=product_peak(torch.bfloat16, False),
    )
    for name in ("W1", "GPT2"):
        for mode, amp, tf32 in (("fp32", False, False), ("tf32", False, True), ("bf16", True, True)):
            try:
                out[f"{name} {mode}"] = step_time(name, amp, tf32)
            except RuntimeError as error:  # out of memory is a result
                out[f"{name} {mode}"] = dict(error=str(error)[:200])
                torch.cuda.empty_cache()
            with open(sys.argv[1], "w") as file:
                json.dump(out, file, indent=1)


if __name__ == "__main__":
    main()
