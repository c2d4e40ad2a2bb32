"""One optimizer step as GhostMoE takes it: loss, clipping, AdamW, schedule, balance bias."""

import dataclasses
import math

import torch


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The settings of training, under the names of `config.json`."""

    learning_rate: float
    max_steps: int
    warmup_steps: int
    min_learning_rate: float | None = None
    schedule: str = "cosine"
    beta1: float = 0.9
    beta2: float = 0.95
    epsilon: float = 1e-8
    weight_decay: float = 0.1
    grad_clip: float = 1.0
    balance_rate: float = 0.01
    aux_loss: float = 0.0
    z_loss: float = 0.0

    def rate(self, step):
        """The learning rate of a step counted from 0: linear warm-up, then constant or cosine."""
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / self.warmup_steps
        if self.schedule == "constant":
            return self.learning_rate
        if self.schedule != "cosine":
            raise ValueError(f"schedule {self.schedule}: known are cosine and constant")
        least = 0.1 * self.learning_rate if self.min_learning_rate is None else self.min_learning_rate
        done = (step - self.warmup_steps) / (self.max_steps - self.warmup_steps)
        return least + 0.5 * (self.learning_rate - least) * (1 + math.cos(math.pi * done))


@dataclasses.dataclass
class Outcome:
    """What one step measured; loss is without the auxiliary losses, the norm before clipping."""

    loss: float
    aux_loss: float
    grad_norm: float
    learning_rate: float
    routings: list


def decays(name):
    """Weight decay is for dense and expert weights: not for norms, biases, embeddings, routers."""
    return name.endswith(".weight") and not any(part in name for part in ("norm", "embedding", "router"))


class Trainer:
    def __init__(self, model, recipe, chunks=1):
        self.model, self.recipe, self.chunks, self.step_count = model, recipe, chunks, 0
        groups = {True: [], False: []}
        for name, parameter in model.named_parameters():
            groups[decays(name)].append(parameter)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": groups[True], "weight_decay": recipe.weight_decay},
                {"params": groups[False], "weight_decay": 0.0},
            ],
            betas=(recipe.beta1, recipe.beta2),
            eps=recipe.epsilon,
        )

    def backward(self, batch):
        """Loss, weighted auxiliary loss (summed over the layers) and routings; sets the gradients."""
        model, recipe = self.model, self.recipe
        input_ids, targets, segment_ids, positions = (
            batch[key].long() for key in ("input_ids", "targets", "segment_ids", "positions")
        )
        hidden, routings = model(input_ids, segment_ids, positions)
        loss = model.nats(hidden, targets, self.chunks) / (targets >= 0).sum()
        auxiliary = sum(recipe.aux_loss * r.balance_loss + recipe.z_loss * r.z_loss for r in routings)
        self.optimizer.zero_grad(set_to_none=True)
        (loss + auxiliary).backward()
        for parameter in model.parameters():
            # An expert without a token still decays and its moments still fade.
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        return loss.item(), auxiliary.item(), routings

    def update(self, loss, auxiliary, routings, rate=None):
        """Clips, steps and balances; rate replaces the schedule's learning rate."""
        if rate is None:
            rate = self.recipe.rate(self.step_count)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        limit = self.recipe.grad_clip if self.recipe.grad_clip > 0 else math.inf
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), limit).item()
        self.optimizer.step()
        for layer, routing in zip(self.model.layers, routings):
            balance(layer.moe, routing.counts, self.recipe.balance_rate)
        self.step_count += 1
        return Outcome(loss, auxiliary, norm, rate, routings)

    def step(self, batch):
        return self.update(*self.backward(batch))


@torch.no_grad()
def balance(moe, counts, rate):
    """b_e += rate·sign(1/E − load_e), then centred; from integer counts, so that a tie is a tie."""
    if moe.top_k == moe.num_experts or counts.sum() == 0:
        return
    bias = moe.balance_bias
    bias += rate * torch.sign(counts.sum() - moe.num_experts * counts).to(bias.dtype)
    bias -= bias.mean()
