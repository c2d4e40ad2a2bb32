#!/usr/bin/env python3
"""The learning comparison: GhostMoE's model, mask, windows and recipe, trained by PyTorch.

usage: learn.py --train T.jsonl --eval E.jsonl --gpt2 FOLDER [--keep FOLDER] [--seed N] …
       learn.py --cache FOLDER [--gpt2 FOLDER] [--seed N] …

Prints a JSON object a step (step, loss, learning_rate, grad_norm, step_ms) with eval_loss on the
first --eval-windows windows of the evaluation stream every --eval-every steps, and at the end one
with final_eval_loss and bits_per_byte over all of it. Losses are in nats a target. From a cache,
bits per byte need GPT-2's files for the tokens' lengths.
"""

import argparse
import json
import math
import time

import numpy as np
import torch

import token_source
from ghostmoe_torch import Config, GhostMoe
from gpt2_bpe import Gpt2
from recipe import Recipe, Trainer


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--train")
    parser.add_argument("--eval")
    parser.add_argument("--gpt2", help="folder with encoder.json and vocab.bpe")
    parser.add_argument("--keep", help="folder for .npy copies of the tokens")
    parser.add_argument("--cache", help="folder of a cache entry of the engine, instead of the files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--max-steps", type=int, default=240)
    parser.add_argument("--warmup-steps", type=int, default=10)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--max-seq-length", type=int, default=256)
    parser.add_argument("--embed-dim", type=int, default=64)
    parser.add_argument("--num-layers", type=int, default=1)
    parser.add_argument("--num-heads", type=int, default=2)
    parser.add_argument("--num-experts", type=int, default=4)
    parser.add_argument("--top-k", type=int, default=2)
    parser.add_argument("--eval-every", type=int, default=24)
    parser.add_argument("--eval-windows", type=int, default=64)
    parser.add_argument("--chunks", type=int, default=8, help="parts of the cross-entropy")
    options = parser.parse_args()
    if not options.cache and not (options.train and options.eval and options.gpt2):
        parser.error("give either --cache or all of --train, --eval and --gpt2")
    return options


def sources(options):
    """(tokens, offsets) of training and evaluation, and the tokens' byte lengths where known."""
    tokenizer = Gpt2(options.gpt2) if options.gpt2 else None
    lengths = np.array(tokenizer.byte_lengths) if tokenizer else None
    if options.cache:
        return *(token_source.read_cache(options.cache, split) for split in ("train", "eval")), lengths
    files = (options.train, options.eval)
    return *(token_source.encode_file(file, tokenizer, options.keep) for file in files), lengths


def batches(tokens, offsets, length, size, seed):
    """Endless batches; every epoch has a permutation of the documents of its own."""
    random = np.random.default_rng(seed)
    while True:
        stream = token_source.stream(tokens, offsets, random.permutation(len(offsets) - 1))
        rows = token_source.windows(stream, length)
        for start in range(0, len(rows["targets"]), size):
            yield {key: torch.from_numpy(value[start : start + size]) for key, value in rows.items()}


@torch.no_grad()
def evaluate(model, rows, size, limit=None):
    """Σ nats and Σ targets over the first limit windows, or all."""
    nats = count = 0
    for start in range(0, len(rows["targets"][:limit]), size):
        batch = {key: torch.from_numpy(value[:limit][start : start + size]) for key, value in rows.items()}
        hidden, _ = model(batch["input_ids"], batch["segment_ids"], batch["positions"])
        nats += model.nats(hidden, batch["targets"]).item()
        count += int((batch["targets"] >= 0).sum())
    return nats, count


def emit(**values):
    print(json.dumps(values), flush=True)


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    train, held_out, lengths = sources(options)
    length, size = options.max_seq_length, options.batch_size
    documents = range(len(held_out[1]) - 1)
    rows = token_source.windows(token_source.stream(*held_out, documents), length)
    config = Config(
        vocab_size=50257,
        max_seq_length=length,
        embed_dim=options.embed_dim,
        num_layers=options.num_layers,
        num_heads=options.num_heads,
        num_experts=options.num_experts,
        top_k=options.top_k,
        expert_hidden=4 * options.embed_dim,
    )
    recipe = Recipe(
        learning_rate=options.learning_rate,
        max_steps=options.max_steps,
        warmup_steps=options.warmup_steps,
    )
    model = GhostMoe(config)
    trainer = Trainer(model, recipe, options.chunks)
    emit(
        seed=options.seed,
        parameters=sum(p.numel() for p in model.parameters()),
        train_tokens=len(train[0]),
        eval_tokens=len(held_out[0]),
        eval_windows=len(rows["targets"]),
    )
    source = batches(*train, length, size, options.seed)
    for step in range(options.max_steps):
        start = time.perf_counter()
        outcome = trainer.step(next(source))
        line = {
            "step": step,
            "loss": round(outcome.loss, 5),
            "learning_rate": outcome.learning_rate,
            "grad_norm": round(outcome.grad_norm, 5),
            "step_ms": round(1e3 * (time.perf_counter() - start)),
        }
        if (step + 1) % options.eval_every == 0:
            nats, count = evaluate(model, rows, size, options.eval_windows)
            line["eval_loss"] = round(nats / count, 5)
        emit(**line)
    nats, count = evaluate(model, rows, size)
    per_byte = None
    if lengths is not None:
        per_byte = nats / math.log(2) / int(lengths[held_out[0]].sum())
    load = [(r.counts / r.counts.sum()).tolist() for r in outcome.routings]
    emit(final_eval_loss=nats / count, bits_per_byte=per_byte, targets=count, last_expert_load=load)


if __name__ == "__main__":
    main()
