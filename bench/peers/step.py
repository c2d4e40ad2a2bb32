#!/usr/bin/env python3
"""Times a training step of the reference workloads as a competent PyTorch user would write it.

usage: step.py W0|W1|GPT2 [--steps N] [--chunks M] [--compile] [--threads T]

--chunks M takes the cross-entropy over M chunks of tokens and computes their logits anew in the
backward pass, which needs the least memory. Prints: median ms a step, peak memory in MiB.
"""
import argparse
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

WORKLOADS = {
    "W0": dict(batch=4, time=256, width=32, layers=1, heads=2, experts=4, top_k=2, hidden=128),
    "W1": dict(batch=8, time=256, width=256, layers=4, heads=8, experts=8, top_k=2, hidden=1024),
    "GPT2": dict(batch=8, time=1024, width=768, layers=12, heads=12, experts=8, top_k=2, hidden=3072),
}
VOCABULARY = 50257


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)

    def forward(self, x):
        batch, time_, width = x.shape
        split = (batch, time_, self.heads, width // self.heads)
        q, k, v = (t.view(split).transpose(1, 2) for t in self.qkv(x).split(width, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.output(y.transpose(1, 2).reshape(batch, time_, width))


class Experts(nn.Module):
    """Dropless: tokens sorted by expert, each expert multiplies its own rows."""

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
        probabilities = F.softmax(self.router(x).float(), -1)  # also under autocast
        gates, chosen = probabilities.topk(self.top_k, -1)
        gates = gates / gates.sum(-1, keepdim=True)
        slots = chosen.view(-1)
        order = slots.argsort(stable=True)
        counts = torch.bincount(slots, minlength=self.experts)
        rows = order // self.top_k
        parts = x.index_select(0, rows).split(counts.tolist())
        outs = []
        for e, part in enumerate(parts):
            hidden = F.gelu(torch.addmm(self.up_bias[e], part, self.up[e]), approximate="tanh")
            outs.append(torch.addmm(self.down_bias[e], hidden, self.down[e]))
        weighted = torch.cat(outs) * gates.view(-1)[order, None]
        out = torch.zeros_like(x).index_add_(0, rows, weighted)
        balance = self.experts * (counts / slots.numel() * probabilities.mean(0)).sum()
        return out.view(shape), balance


class Block(nn.Module):
    def __init__(self, width, heads, hidden, experts, top_k):
        super().__init__()
        self.attention_norm, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.moe_norm, self.moe = nn.LayerNorm(width), Experts(width, hidden, experts, top_k)

    def forward(self, x):
        x = x + self.attention(self.attention_norm(x))
        y, balance = self.moe(self.moe_norm(x))
        return x + y, balance


class Model(nn.Module):
    def __init__(self, chunks, *, batch, time, width, layers, heads, experts, top_k, hidden):
        super().__init__()
        self.chunks = chunks
        self.tokens = nn.Embedding(VOCABULARY, width)
        self.positions = nn.Embedding(time, width)
        blocks = (Block(width, heads, hidden, experts, top_k) for _ in range(layers))
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, VOCABULARY)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, 0, 0.02)

    def forward(self, ids, targets):
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1], device=ids.device))
        balance = 0.0
        for block in self.blocks:
            x, more = block(x)
            balance = balance + more
        x, targets = self.norm(x).flatten(0, 1), targets.flatten()
        if self.chunks == 1:
            return F.cross_entropy(self.head(x), targets) + 0.01 * balance
        parts = zip(x.chunk(self.chunks), targets.chunk(self.chunks))
        losses = (checkpoint(self.chunk_loss, *part, use_reentrant=False) for part in parts)
        return sum(losses) / targets.numel() + 0.01 * balance

    def chunk_loss(self, x, targets):
        return F.cross_entropy(self.head(x), targets, reduction="sum")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--chunks", type=int, default=1)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    workload = WORKLOADS[args.workload]
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    model = Model(args.chunks, **workload)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    step = torch.compile(model) if args.compile else model
    shape = (workload["batch"], workload["time"])
    seconds = []
    for _ in range(args.steps + 3):
        ids, targets = torch.randint(0, VOCABULARY, (2, *shape))
        start = time.perf_counter()
        loss = step(ids, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss.item()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(round(statistics.median(seconds[3:]) * 1e3, 1), round(peak))


if __name__ == "__main__":
    main()
