"""The same mixture of experts in PyTorch on a GPU, timed per step, and the peaks of its products.

usage: torch_cuda.py OUT.json

A competent user's model: fused attention, fused AdamW, experts over the rows that chose them (the
counts come to the host, as they must for `split`). Written after `ghostmoe_torch.py`'s specification.
"""

import json
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

WORKLOADS = {
    "W1": dict(V=50257, C=256, L=4, H=8, E=8, K=2, FF=1024, T=256, B=8),
    "GPT2": dict(V=50257, C=768, L=12, H=12, E=8, K=2, FF=3072, T=1024, B=8),
}


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)

    def forward(self, x):
        batch, time_, width = x.shape
        q, k, v = (
            part.view(batch, time_, self.heads, width // self.heads).transpose(1, 2)
            for part in self.qkv(x).split(width, 2)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.output(y.transpose(1, 2).reshape(batch, time_, width))


class Experts(nn.Module):
    def __init__(self, width, hidden, experts, top_k):
        super().__init__()
        self.experts, self.top_k = experts, top_k
        self.router = nn.Linear(width, experts, bias=False)
        self.up = nn.Parameter(torch.randn(experts, width, hidden) * 0.02)
        self.up_bias = nn.Parameter(torch.zeros(experts, hidden))
        self.down = nn.Parameter(torch.randn(experts, hidden, width) * 0.02)
        self.down_bias = nn.Parameter(torch.zeros(experts, width))

    def forward(self, x):
        shape = x.shape
        x = x.view(-1, shape[-1])
        shares = F.softmax(self.router(x).float(), -1)
        gates, chosen = shares.topk(self.top_k, -1)
        gates = gates / gates.sum(-1, keepdim=True)
        flat = chosen.view(-1)
        order = flat.argsort(stable=True)
        counts = torch.bincount(flat, minlength=self.experts)
        rows = order // self.top_k
        parts = x.index_select(0, rows).split(counts.tolist())
        outputs = [
            torch.addmm(
                self.down_bias[e].to(part.dtype),
                F.gelu(torch.addmm(self.up_bias[e].to(part.dtype), part, self.up[e].to(part.dtype)), approximate="tanh"),
                self.down[e].to(part.dtype),
            )
            for e, part in enumerate(parts)
        ]
        weighted = torch.cat(outputs).float() * gates.view(-1)[order, None]
        out = torch.zeros(x.shape, device=x.device).index_add_(0, rows, weighted)
        frequency = counts.float() / flat.numel()
        return out.view(shape).to(x.dtype), self.experts * (frequency * shares.mean(0)).sum()


class Block(nn.Module):
    def __init__(self, width, heads, hidden, experts, top_k):
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.norm2, self.experts = nn.LayerNorm(width), Experts(width, hidden, experts, top_k)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        y, loss = self.experts(self.norm2(x))
        return x + y, loss


class Model(nn.Module):
    def __init__(self, V, C, L, H, E, K, FF, T, B):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(V, C), nn.Embedding(T, C)
        self.blocks = nn.ModuleList(Block(C, H, FF, E, K) for _ in range(L))
        self.norm, self.head = nn.LayerNorm(C), nn.Linear(C, V)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, 0, 0.02)

    def forward(self, x, y):
        h = self.tokens(x) + self.positions(torch.arange(x.shape[1], device=x.device))
        auxiliary = 0.0
        for block in self.blocks:
            h, loss = block(h)
            auxiliary = auxiliary + loss
        logits = self.head(self.norm(h))
        return F.cross_entropy(logits.view(-1, logits.shape[-1]).float(), y.view(-1)) + 0.01 * auxiliary


def step_time(name, amp, tf32, seconds=4.0):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    torch.manual_seed(0)
    w = WORKLOADS[name]
    with torch.device("cuda"):
        model = Model(**w)
        x = torch.randint(0, w["V"], (w["B"], w["T"]))
        y = torch.randint(0, w["V"], (w["B"], w["T"]))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    times = []
    begin = time.perf_counter()
    for i in range(60):
        torch.cuda.synchronize()
        start = time.perf_counter()
        with torch.autocast("cuda", torch.bfloat16, enabled=amp):
            loss = model(x, y)
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
        tokens_per_second=w["B"] * w["T"] / median,
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
    for name in WORKLOADS:
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
