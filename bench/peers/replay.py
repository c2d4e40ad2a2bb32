#!/usr/bin/env python3
"""Replays in PyTorch what the engine recorded with --trace, and prints where the two differ.

usage: replay.py TRACE [--dtype float64|float32] [--steps N] [--threads N] [--loss-tolerance X]
                 [--gradient-tolerance X]

TRACE holds config.json, init.safetensors, step-%05d.safetensors, grads-00000.safetensors and
trace.jsonl. The replay starts from the recorded weights and runs freely from there: only batches
and learning rates are the engine's. The rates are checked against the schedule's formula.

Prints the losses and gradient norms of every step side by side, the gradients of step 0 by name
(worst first), and the greatest differences. Exits 1 where a loss differs by more than
--loss-tolerance (nats) or a gradient of step 0 by more than --gradient-tolerance times the
greatest element of its tensor, 2 where the trace cannot be replayed.
"""

import argparse
import dataclasses
import json
import math
import pathlib
import sys

import torch

import safetensors_io
from ghostmoe_torch import Config, GhostMoe
from recipe import Recipe, Trainer

# Stands for a tensor's greatest gradient where all of them are 0, as a router's with one expert.
LEAST_GRADIENT = 1e-12


class Unusable(Exception):
    """Why a trace cannot be replayed."""


def numbers(value):
    """All numbers in a value of nested lists."""
    return [n for part in value for n in numbers(part)] if isinstance(value, list) else [value or 0.0]


def read_trace(folder, steps):
    config = json.loads((folder / "config.json").read_text())
    lines = [json.loads(line) for line in (folder / "trace.jsonl").read_text().splitlines() if line]
    lines = lines[:steps]
    if not lines:
        raise Unusable(f"{folder}/trace.jsonl has no step; train with --trace-steps 1 or more")
    if config.get("dropout"):
        raise Unusable(f"dropout {config['dropout']}: its draws are the engine's own; train with --dropout 0")
    if any(any(numbers(line.get("ghost_learning_rates", []))) for line in lines):
        raise Unusable("a ghost woke in these steps; the replay knows primary experts only")
    return config, lines


def build(folder, config, dtype):
    weights = safetensors_io.load(folder / "init.safetensors")
    model = GhostMoe(Config.of_weights(weights, config["num_heads"], config["top_k"])).to(dtype)
    known = {field.name for field in dataclasses.fields(Recipe)}
    recipe = Recipe(**{key: value for key, value in config.items() if key in known and value is not None})
    return Trainer(model.load_weights(weights), recipe, chunks=8)


def compare_gradients(folder, model):
    """(relative, absolute, greatest, name) for every parameter, worst first."""
    recorded = safetensors_io.load(folder / "grads-00000.safetensors")
    parameters = dict(model.named_parameters())
    if recorded.keys() != parameters.keys():
        raise Unusable(f"grads-00000.safetensors: names differ: {sorted(recorded.keys() ^ parameters.keys())}")
    rows = []
    for name, parameter in parameters.items():
        difference = (recorded[name].double() - parameter.grad.double()).abs().max().item()
        if math.isnan(difference):
            difference = math.inf
        greatest = parameter.grad.abs().max().item()
        rows.append((difference / max(greatest, LEAST_GRADIENT), difference, greatest, name))
    return sorted(rows, reverse=True)


def rate_difference(trainer, step, recorded):
    try:
        return abs(trainer.recipe.rate(step) - recorded)
    except ValueError:
        return math.nan


def replay(folder, trainer, lines):
    """Prints a line a step; returns the gradients' comparison and the greatest differences."""
    greatest = {"loss": 0.0, "aux_loss": 0.0, "grad_norm": 0.0, "learning_rate": 0.0}
    gradients = []
    print(f"{'step':>5} {'loss':>11} {'replayed':>11} {'diff':>9}  {'grad_norm':>10} {'replayed':>10} {'diff':>9}")
    for step, line in enumerate(lines):
        batch = safetensors_io.load(folder / f"step-{step:05d}.safetensors")
        measured = trainer.backward(batch)
        if step == 0:
            gradients = compare_gradients(folder, trainer.model)
        outcome = trainer.update(*measured, rate=line["learning_rate"])
        differences = {
            "loss": line["loss"] - outcome.loss,
            "aux_loss": line.get("aux_loss", outcome.aux_loss) - outcome.aux_loss,
            "grad_norm": line["grad_norm"] - outcome.grad_norm,
            "learning_rate": rate_difference(trainer, step, line["learning_rate"]),
        }
        for key, value in differences.items():
            # A NaN must win, and max() would let it lose.
            greatest[key] = max(greatest[key], math.inf if math.isnan(value) else abs(value))
        print(
            f"{step:5d} {line['loss']:11.6f} {outcome.loss:11.6f} {differences['loss']:9.1e}  "
            f"{line['grad_norm']:10.6f} {outcome.grad_norm:10.6f} {differences['grad_norm']:9.1e}"
        )
    return gradients, greatest


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("trace", type=pathlib.Path)
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument("--steps", type=int, default=None, help="only the first N of the trace")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--loss-tolerance", type=float, default=1e-4)
    parser.add_argument("--gradient-tolerance", type=float, default=1e-4)
    return parser.parse_args()


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    try:
        config, lines = read_trace(options.trace, options.steps)
        trainer = build(options.trace, config, getattr(torch, options.dtype))
        gradients, greatest = replay(options.trace, trainer, lines)
    except (Unusable, OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        print(f"replay: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2)
    print(f"\ngradients of step 0: {'relative':>9} {'absolute':>9} {'greatest':>9}")
    for relative, difference, size, name in gradients:
        print(f"{relative:30.1e} {difference:9.1e} {size:9.1e}  {name}")
    print(f"\ngreatest differences over {len(lines)} steps, {options.dtype}:")
    for key, value in greatest.items():
        print(f"  {key:14} {value:.2e}")
    print(f"  {'gradients':14} {gradients[0][0]:.2e} of {gradients[0][3]}'s greatest")
    failed = greatest["loss"] > options.loss_tolerance or gradients[0][0] > options.gradient_tolerance
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
