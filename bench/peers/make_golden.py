#!/usr/bin/env python3
"""Writes the golden files that the Java tests compare with: ten training steps in float64.

usage: make_golden.py [OUT]        (default: src/test/resources/golden beside this script's project)

A folder each for two small models, `top2` and `top1` (the latter with auxiliary losses):
  config.json           settings, under the names of a run's config.json
  init.safetensors      float32; both sides start from these bits
  batch-{0..9}.safetensors  int32 [B,T]: input_ids, targets, segment_ids, positions
  grads.safetensors     every parameter's gradient at step 0, before clipping
  weights-10.safetensors    the model after ten steps
  losses.json           per step: losses, aux_losses, grad_norms (before clipping), learning_rates,
                        expert_counts [step][layer][expert]
  float32.json          how far PyTorch in float32 lands from all that: a yardstick for tolerances

Computed in float64 and rounded to float32 at the end. The inputs are drawn until everything that
could hide a mistake shows, and until no expert selection is a near tie (see `Defect`).
"""

import dataclasses
import json
import math
import pathlib
import sys

import torch

import safetensors_io
from ghostmoe_torch import Config, GhostMoe
from recipe import Recipe, Trainer

STEPS = 10
BATCH = 3
LEAST_MARGIN = 1e-4
END_OF_TEXT = 60

VARIANTS = {
    "top2": (
        Config(
            vocab_size=61, max_seq_length=12, embed_dim=16, num_layers=2, num_heads=2,
            num_experts=4, top_k=2, expert_hidden=24,
        ),
        Recipe(learning_rate=0.01, max_steps=STEPS, warmup_steps=3, grad_clip=2.0),
    ),
    "top1": (
        Config(
            vocab_size=61, max_seq_length=12, embed_dim=16, num_layers=2, num_heads=4,
            num_experts=3, top_k=1, expert_hidden=20,
        ),
        Recipe(
            learning_rate=0.01, max_steps=STEPS, warmup_steps=3, grad_clip=2.0,
            aux_loss=0.01, z_loss=0.001,
        ),
    ),
}  # fmt: skip


class Defect(Exception):
    """Why a draw of inputs would make a poor witness."""


def initial_weights(config, generator):
    """Random everywhere: gains off 1, biases off 0, and a balance bias that is not centred."""
    weights = {}
    for name, tensor in GhostMoe(config).state_dict().items():
        noise = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
        if name.endswith("norm.weight"):
            value = 1 + 0.2 * noise
        elif name.endswith("balance_bias"):
            value = 0.05 + 0.2 * noise
        elif name.endswith(".bias"):
            value = 0.1 * noise
        elif name.endswith("embedding.weight"):
            value = 0.5 * noise
        else:
            value = noise / math.sqrt(tensor.shape[-1])
        weights[name] = value.float()
    return weights


def draw_batch(config, step, generator):
    """Rows of segments that start at an end-of-text, some cut by the row, some followed by padding.

    Every third batch has a row that is padding throughout; a fifth of the targets is unscored.
    """

    def integer(low, high):
        return int(torch.randint(low, high, (), generator=generator))

    time = config.max_seq_length
    ids = torch.randint(0, END_OF_TEXT, (BATCH, time), generator=generator)
    next_ids = torch.randint(0, END_OF_TEXT, (BATCH,), generator=generator)
    segments = torch.full((BATCH, time), -1)
    positions = torch.zeros(BATCH, time, dtype=torch.long)
    for row in range(BATCH):
        end = time if row == 0 else integer(time // 2, time + 1)
        if step % 3 == 1 and row == BATCH - 1:
            end = 0
        segment = start = 0
        for t in range(end):
            # Row 1 goes on with a document that an earlier row has cut: it starts without end-of-text.
            if t > start and integer(0, 4) == 0:
                segment, start = segment + 1, t
            if t == start and (t > 0 or row != 1):
                ids[row, t] = END_OF_TEXT
            segments[row, t], positions[row, t] = segment, t - start
    targets = torch.cat([ids[:, 1:], next_ids[:, None]], dim=1)
    hidden = torch.rand(targets.shape, generator=generator) < 0.2
    targets[hidden | (segments < 0)] = -1
    batch = {"input_ids": ids, "targets": targets, "segment_ids": segments, "positions": positions}
    return {key: value.int() for key, value in batch.items()}


def train(config, recipe, weights, batches, dtype):
    """Ten steps from weights; returns the outcomes, the gradients of step 0 and the final model."""
    trainer = Trainer(GhostMoe(config).to(dtype).load_weights(weights), recipe)
    outcomes, gradients = [], None
    for batch in batches:
        measured = trainer.backward(batch)
        if gradients is None:
            gradients = {name: p.grad.clone() for name, p in trainer.model.named_parameters()}
        outcomes.append(trainer.update(*measured))
    return outcomes, gradients, trainer.model


def require(condition, reason):
    if not condition:
        raise Defect(reason)


def examine(config, recipe, weights, batches, outcomes):
    """Raises Defect where the draw is a near tie or leaves a rule of the specification unused."""
    margin = min(routing.margin for outcome in outcomes for routing in outcome.routings)
    require(margin > LEAST_MARGIN, f"least margin {margin:.1e}")
    clipped = [outcome.grad_norm > recipe.grad_clip for outcome in outcomes]
    require(2 <= sum(clipped) <= STEPS - 2, f"clipping binds in {sum(clipped)} steps")
    segments = torch.stack([batch["segment_ids"] for batch in batches])
    require((segments < 0).all(dim=2).any(), "no row is all padding")
    require(segments.max() >= 2, "no row has three segments")
    counts = torch.stack([torch.stack([r.counts for r in o.routings]) for o in outcomes])
    require(bool((counts > 0).any(dim=0).all()), "an expert never gets a token")
    unbiased = {n: torch.zeros_like(w) if n.endswith("balance_bias") else w for n, w in weights.items()}
    plain = train(config, dataclasses.replace(recipe, balance_rate=0.0), unbiased, batches, torch.float64)[0]
    for step in (0, STEPS - 1):
        changed = any(
            bool((a.counts != b.counts).any())
            for a, b in zip(plain[step].routings, outcomes[step].routings)
        )
        require(changed, f"the balance bias does not change the selection of step {step}")
    return margin


def search(config, recipe):
    """The first seed whose inputs pass examine in float64 and select the same experts in float32."""
    for seed in range(1, 1000):
        generator = torch.Generator().manual_seed(seed)
        weights = initial_weights(config, generator)
        batches = [draw_batch(config, step, generator) for step in range(STEPS)]
        exact = train(config, recipe, weights, batches, torch.float64)
        try:
            margin = examine(config, recipe, weights, batches, exact[0])
            single = train(config, recipe, weights, batches, torch.float32)
            for a, b in zip(exact[0], single[0]):
                for x, y in zip(a.routings, b.routings):
                    require(torch.equal(x.counts, y.counts), "float32 selects other experts")
        except Defect as defect:
            print(f"  seed {seed}: {defect}")
            continue
        return seed, margin, weights, batches, exact, single
    raise SystemExit("no seed below 1000 gives inputs without a defect")


def greatest(a, b):
    return (a.double() - b.double()).abs().max().item()


def without_key_bias(name, tensor):
    """A key's bias moves all scores of a query alike: its gradient is 0 but for rounding.

    AdamW divides that noise by its own size, so these values are not determined; leave them out.
    """
    if not name.endswith("qkv.bias"):
        return tensor
    q, _, v = tensor.chunk(3)
    return torch.cat([q, v])


def yardstick(exact, single):
    """Greatest absolute differences of a float32 run from the float64 one."""
    after, near = exact[2].state_dict(), single[2].state_dict()
    return {
        "losses": max(abs(a.loss - b.loss) for a, b in zip(exact[0], single[0])),
        "grad_norms": max(abs(a.grad_norm - b.grad_norm) for a, b in zip(exact[0], single[0])),
        "grads": {name: greatest(g, single[1][name]) for name, g in exact[1].items()},
        "weights_10_without_key_bias": {
            name: greatest(without_key_bias(name, w), without_key_bias(name, near[name]))
            for name, w in after.items()
        },
    }


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def write(folder, config, recipe):
    seed, margin, weights, batches, exact, single = search(config, recipe)
    outcomes, gradients, model = exact
    folder.mkdir(parents=True, exist_ok=True)
    settings = {**dataclasses.asdict(config), **dataclasses.asdict(recipe)}
    settings |= {
        "min_learning_rate": 0.1 * recipe.learning_rate,
        "batch_size": BATCH,
        "seed": seed,
        "least_selection_margin": margin,
        "torch": torch.__version__.split("+")[0],
    }
    write_json(folder / "config.json", settings)
    safetensors_io.save(folder / "init.safetensors", weights)
    for step, batch in enumerate(batches):
        safetensors_io.save(folder / f"batch-{step}.safetensors", batch)
    safetensors_io.save(folder / "grads.safetensors", {n: g.float() for n, g in gradients.items()})
    safetensors_io.save(folder / f"weights-{STEPS}.safetensors", model.weights())
    measured = {
        "losses": [o.loss for o in outcomes],
        "aux_losses": [o.aux_loss for o in outcomes],
        "grad_norms": [o.grad_norm for o in outcomes],
        "learning_rates": [o.learning_rate for o in outcomes],
        "expert_counts": [[r.counts.tolist() for r in o.routings] for o in outcomes],
    }
    write_json(folder / "losses.json", measured)
    write_json(folder / "float32.json", yardstick(exact, single))
    print(f"{folder.name}: seed {seed}, least margin {margin:.2e}")
    print("  losses " + " ".join(f"{o.loss:.4f}" for o in outcomes))
    print("  norms  " + " ".join(f"{o.grad_norm:.3f}" for o in outcomes))


def main():
    project = pathlib.Path(__file__).resolve().parents[2]
    out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else project / "src/test/resources/golden"
    torch.set_num_threads(1)
    for name, (config, recipe) in VARIANTS.items():
        write(out / name, config, recipe)


if __name__ == "__main__":
    main()
