#!/usr/bin/env bash
# A training step beside PyTorch, matrix products beside OpenBLAS, and what else the README's table holds:
#
#   bench/compare.sh                    ours alone
#   bench/compare.sh v/bin/python       beside that Python's PyTorch and NumPy, in turn, with the ratios
#   ROUNDS=1 bench/compare.sh …         once instead of three times
#
# Wants a quiet machine and about a quarter of an hour. Ratios count, not times.
set -euo pipefail
root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${1:-}
rounds=${ROUNDS:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# what PyTorch runs fastest with here: large temporaries stay mapped
export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000

median() { sort -n | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

train() { # the run's name, then settings
  local run=$1
  shift
  (
    unset MALLOC_MMAP_MAX_ MALLOC_TRIM_THRESHOLD_
    "$root/ghostmoe" train --quiet --dataset "$root/data/lambda_dataset.json" --max-seq-length 256 --loss-on all --overwrite \
      --runs-dir "$work/runs" --cache-dir "$work/cache" --run "$run" "$@"
  ) >/dev/null 2>"$work/err" || { cat "$work/err" >&2 && exit 1; }
}

# Prints the median of the second half of a run's steps, ms, and its peak memory, MiB.
measured() {
  local steps peak
  steps=$(grep -o '"step_ms":[0-9.]*' "$work/runs/$1/metrics.jsonl" | cut -d: -f2)
  peak=$(grep -o '"peak_rss_bytes" *: *[0-9]*' "$work/runs/$1/summary.json" | grep -o '[0-9]*$')
  echo "$(tail -n "$(($(wc -l <<<"$steps") / 2))" <<<"$steps" | median) $((peak / 1048576))"
}

shape() {
  case $1 in
    W0) echo --embed-dim 32 --num-layers 1 --num-heads 2 --num-experts 4 --batch-size 4 --max-steps 100 ;;
    W1) echo --embed-dim 256 --num-layers 4 --num-heads 8 --num-experts 8 --batch-size 8 --max-steps 16 ;;
    E*) echo --embed-dim 256 --num-layers 1 --num-heads 8 --num-experts "${1#E}" --batch-size 8 --max-steps 16 ;;
  esac
}

ours() { # packed windows and nothing but steps
  # shellcheck disable=SC2046
  train "$1" --num-train-samples 800 --num-eval-samples 8 --batching packed --eval-every 100000 --save-every 100000 $(shape "$1")
  measured "$1"
}

step() {
  local round least='' peer name
  for round in $(seq "$rounds"); do
    ours "$1" >>"$work/$1"
    [ -n "$python" ] || continue
    "$python" "$root/bench/peers/step.py" "$1" >>"$work/$1-eager"
    "$python" "$root/bench/peers/step.py" "$1" --chunks "$2" >>"$work/$1-chunks"
  done
  report "$1 step" "$1"
  [ -n "$python" ] || return 0
  for name in eager chunks; do
    report "  PyTorch, $name" "$1-$name"
    peer=$(cut -d' ' -f1 "$work/$1-$name" | median)
    if [ -z "$least" ] || awk -v a="$peer" -v b="$least" 'BEGIN { exit !(a < b) }'; then least=$peer; fi
  done
  echo "  times as fast as the best: $(ratio "$least" "$(cut -d' ' -f1 "$work/$1" | median)")"
}

report() {
  printf '%-22s %9.1f ms  (%s)  %5d MiB\n' "$1" "$(cut -d' ' -f1 "$work/$2" | median)" \
    "$(cut -d' ' -f1 "$work/$2" | xargs)" "$(cut -d' ' -f2 "$work/$2" | median)"
}

experts() {
  local round
  for round in $(seq "$rounds"); do
    ours E8 >>"$work/E8"
    ours E64 >>"$work/E64"
  done
  report "8 experts, 1 layer" E8
  report "64 experts, 1 layer" E64
  echo "  64 over 8: $(ratio "$(cut -d' ' -f1 "$work/E64" | median)" "$(cut -d' ' -f1 "$work/E8" | median)")"
}

seconds() { # of a command, the median of the rounds
  local round start
  for round in $(seq "$rounds"); do
    start=$(date +%s%N)
    "$@"
    echo $((($(date +%s%N) - start) / 1000000))
  done | median
}

job() {
  rm -rf "$work/cache"
  train job --num-train-samples 100 --num-eval-samples 20 --batching padded --embed-dim 32 --num-layers 1 --num-heads 2 \
    --num-experts 2 --top-k 2 --batch-size 4 --max-steps 15 --schedule constant --warmup-steps 0 --eval-every 2 --save-every 2
}

list() { "$root/ghostmoe" datasets list --cache-dir "$work/none" >/dev/null; }

products() {
  local threads shape gflops theirs
  for threads in 1 2; do
    "$root/bench/jmh" Product -p workload=W0 -p threads=$threads -f 1 -wi 2 -i 3 -rf csv -rff "$work/products.csv" >/dev/null 2>&1
    [ -z "$python" ] || OPENBLAS_NUM_THREADS=$threads "$python" "$root/bench/peers/products.py" >"$work/blas"
    awk -F, '/:gflop"/ { gsub("\"", ""); for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+x/) print $i, $5 }' "$work/products.csv" |
      while read -r shape gflops; do
        printf 'product %-16s %d threads  %6.1f GFLOP/s' "$shape" "$threads" "$gflops"
        theirs=$([ -z "$python" ] || awk -v s="$shape" '$1 == s { print $2 }' "$work/blas")
        if [ -n "$theirs" ]; then printf '  OpenBLAS %6.1f  ratio %s' "$theirs" "$(ratio "$gflops" "$theirs")"; fi
        echo
      done
  done
}

echo "$(date +%F), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores, commit $(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown)"
"$root/ghostmoe" --version >/dev/null # builds, if need be
step W0 16
step W1 8
experts
echo "15-step job            $(seconds job) ms, command to end"
echo "datasets list          $(seconds list) ms"
products
