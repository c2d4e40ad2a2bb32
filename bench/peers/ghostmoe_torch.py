"""GhostMoE's preset `gpt` in PyTorch, its parameters named and shaped as in `model.safetensors`.

An oracle and a peer: written from the specification (pre-norm decoder, dropless top-k mixture of
experts, selection-only balance bias), not from the Java code, and plain where plain is enough.
"""

import dataclasses
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint

NORM_EPSILON = 1e-5


@dataclasses.dataclass(frozen=True)
class Config:
    """The extents of a model, under the names of `config.json`."""

    vocab_size: int
    max_seq_length: int
    embed_dim: int
    num_layers: int
    num_heads: int
    num_experts: int
    top_k: int
    expert_hidden: int

    @staticmethod
    def of_weights(weights, num_heads, top_k):
        """The extents that a model file's shapes imply; heads and top-k leave no trace in it."""
        vocab_size, embed_dim = weights["token_embedding.weight"].shape
        num_experts, expert_hidden, _ = weights["layers.0.moe.experts.up.weight"].shape
        return Config(
            vocab_size=vocab_size,
            max_seq_length=weights["position_embedding.weight"].shape[0],
            embed_dim=embed_dim,
            num_layers=1 + max(int(n.split(".")[1]) for n in weights if n.startswith("layers.")),
            num_heads=num_heads,
            num_experts=num_experts,
            top_k=top_k,
            expert_hidden=expert_hidden,
        )


@dataclasses.dataclass
class Routing:
    """What one layer's router did with the tokens that are not padding."""

    counts: torch.Tensor  # [E] slots given to each expert
    balance_loss: torch.Tensor  # E·Σ f_e·P_e (Fedus et al. 2021, eq. 4)
    z_loss: torch.Tensor  # mean (ln Σ exp z)² (Zoph et al. 2022, eq. 5)
    margin: float  # least distance between the last selected and the first rejected biased score


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads = config.num_heads
        self.qkv = nn.Linear(config.embed_dim, 3 * config.embed_dim)
        self.output = nn.Linear(config.embed_dim, config.embed_dim)

    def forward(self, x, segments):
        batch, time, width = x.shape
        q, k, v = (
            part.view(batch, time, self.heads, width // self.heads).transpose(1, 2)
            for part in self.qkv(x).split(width, dim=2)
        )
        real = segments >= 0
        visible = (segments[:, :, None] == segments[:, None, :]) & real[:, None, :]
        visible &= torch.ones(time, time, dtype=torch.bool).tril()
        # A padding position sees itself here only so that its softmax is defined; it is zeroed below.
        visible |= torch.eye(time, dtype=torch.bool)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=visible[:, None])
        y = y.transpose(1, 2).reshape(batch, time, width)
        return self.output(y.masked_fill(~real[:, :, None], 0.0))


class StackedLinear(nn.Module):
    """One dense layer an expert, stacked as in the file: weight [E,O,I], bias [E,O]."""

    def __init__(self, experts, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(experts, outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(experts, outputs))

    def forward(self, x, expert):
        return F.linear(x, self.weight[expert], self.bias[expert])


class Experts(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.up = StackedLinear(config.num_experts, config.embed_dim, config.expert_hidden)
        self.down = StackedLinear(config.num_experts, config.expert_hidden, config.embed_dim)

    def forward(self, x, expert):
        return self.down(F.gelu(self.up(x, expert), approximate="tanh"), expert)


class MixtureOfExperts(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.num_experts, self.top_k = config.num_experts, config.top_k
        self.router = nn.Linear(config.embed_dim, config.num_experts, bias=False)
        self.experts = Experts(config)
        self.register_buffer("balance_bias", torch.zeros(config.num_experts))

    def forward(self, x, segments):
        """x [B,T,C], segments [B,T]; padding goes to no expert, and its output is 0."""
        flat = x.reshape(-1, x.shape[-1])
        real = (segments.reshape(-1) >= 0).nonzero().squeeze(1)
        tokens = flat[real]
        scores = self.router(tokens)
        chosen, gates, margin = self.select(scores)
        slots = chosen.reshape(-1)
        order = slots.argsort(stable=True)
        counts = torch.bincount(slots, minlength=self.num_experts)
        rows = order // self.top_k
        inputs = tokens.index_select(0, rows).split(counts.tolist())
        outputs = torch.cat([self.experts(part, expert) for expert, part in enumerate(inputs)])
        outputs = outputs * gates.reshape(-1)[order, None]
        out = torch.zeros_like(flat).index_add(0, real[rows], outputs)
        return out.view_as(x), self.routing(scores, counts, margin)

    def select(self, scores):
        """Top-k of the biased scores, ties to the lowest index; the gates know nothing of the bias."""
        ranked, order = (scores.detach() + self.balance_bias).sort(dim=1, descending=True, stable=True)
        chosen = order[:, : self.top_k]
        if self.top_k == 1:
            gates = scores.softmax(dim=1).gather(1, chosen)
        else:
            gates = scores.gather(1, chosen).softmax(dim=1)
        margin = math.inf
        if self.top_k < self.num_experts and len(scores):
            margin = (ranked[:, self.top_k - 1] - ranked[:, self.top_k]).min().item()
        return chosen, gates, margin

    def routing(self, scores, counts, margin):
        if not len(scores):
            return Routing(counts, scores.sum(), scores.sum(), margin)
        share = counts.to(scores.dtype) / counts.sum()
        balance_loss = self.num_experts * (share * scores.softmax(dim=1).mean(dim=0)).sum()
        z_loss = scores.logsumexp(dim=1).square().mean()
        return Routing(counts, balance_loss, z_loss, margin)


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.attention_norm = nn.LayerNorm(config.embed_dim, eps=NORM_EPSILON)
        self.attention = Attention(config)
        self.moe_norm = nn.LayerNorm(config.embed_dim, eps=NORM_EPSILON)
        self.moe = MixtureOfExperts(config)

    def forward(self, x, segments):
        x = x + self.attention(self.attention_norm(x), segments)
        y, routing = self.moe(self.moe_norm(x), segments)
        return x + y, routing


class GhostMoe(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.token_embedding = nn.Embedding(config.vocab_size, config.embed_dim)
        self.position_embedding = nn.Embedding(config.max_seq_length, config.embed_dim)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.num_layers))
        self.output_norm = nn.LayerNorm(config.embed_dim, eps=NORM_EPSILON)
        self.head = nn.Linear(config.embed_dim, config.vocab_size)
        self.initialise()

    @torch.no_grad()
    def initialise(self, deviation=0.02):
        for name, parameter in self.named_parameters():
            if name.endswith(".bias"):
                parameter.zero_()
            elif name.endswith("norm.weight"):
                parameter.fill_(1.0)
            else:
                parameter.normal_(0.0, deviation)
                if name.endswith(("attention.output.weight", "experts.down.weight")):
                    parameter.mul_(1 / math.sqrt(2 * self.config.num_layers))

    def forward(self, input_ids, segment_ids, positions):
        """All [B,T]; returns the normed hidden states [B,T,C] and one Routing a layer."""
        x = self.token_embedding(input_ids) + self.position_embedding(positions)
        routings = []
        for layer in self.layers:
            x, routing = layer(x, segment_ids)
            routings.append(routing)
        return self.output_norm(x), routings

    def nats(self, hidden, targets, chunks=1):
        """Σ nats over the targets that are not −1.

        With chunks > 1 the logits of one chunk at a time exist, and are computed again in the
        backward pass.
        """
        scored = targets.reshape(-1) >= 0
        rows = hidden.reshape(-1, hidden.shape[-1])[scored]
        wanted = targets.reshape(-1)[scored]

        def one(x, y):
            return F.cross_entropy(self.head(x), y, reduction="sum")

        if chunks == 1:
            return one(rows, wanted)
        parts = zip(rows.chunk(chunks), wanted.chunk(chunks))
        return sum(checkpoint(one, x, y, use_reentrant=False) for x, y in parts)

    def load_weights(self, weights):
        """Takes over the tensors of a model file; every name and shape must agree."""
        self.load_state_dict({name: tensor.to(self.head.weight.dtype) for name, tensor in weights.items()})
        return self

    def weights(self):
        """Every tensor of a model file, in float32."""
        return {name: tensor.detach().float() for name, tensor in self.state_dict().items()}

    def gradients(self):
        """Every parameter's gradient in float32; 0 where the loss does not reach it."""
        return {
            name: (torch.zeros_like(p) if p.grad is None else p.grad).float()
            for name, p in self.named_parameters()
        }
