#!/usr/bin/env bash
# Tests and measures the CUDA backend on a machine that has a GPU and little else: no Java, no Maven,
# no network. Pack here, carry the folder there, run it there:
#
#   bench/gpu-check.sh --pack DIR              a Java runtime, the classes and their libraries (after mvn test-compile)
#   bench/gpu-check.sh --run DIR OUT [tiny]    every part under a time limit of its own, under 5 minutes in all
#
# OUT gets gpu-check.json, gpu-check.txt and the parts' logs in one archive. A part that fails stops
# no other.
# "tiny" rehearses with models that the emulated driver can do (LD_LIBRARY_PATH=target/emulator).
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

fail() {
  echo "gpu-check: $*" >&2
  exit 1
}

# ---- pack ------------------------------------------------------------------------------------------

pack() {
  local dir=$1 java_home=''
  # shellcheck source=/dev/null
  . "$root/ghostmoe" # for find_java
  set +e
  find_java
  [ -d "$root/target/test-classes" ] || fail "target/test-classes is missing: run mvn test-compile first"
  rm -rf "$dir" && mkdir -p "$dir/lib" && dir=$(cd "$dir" && pwd) || fail "cannot make $dir"
  "$java_home/bin/jlink" --output "$dir/java" --strip-debug --no-header-files --no-man-pages --compress zip-9 --vm server \
    --add-modules java.base,java.logging,java.management,java.xml,jdk.incubator.vector,jdk.management,jdk.unsupported &&
    tar -C "$dir" -czf "$dir/java.tar.gz" java && rm -rf "$dir/java" || fail "jlink failed"
  (cd "$root" && mvn -o -B -q -ntp dependency:copy-dependencies -DincludeScope=test -DoutputDirectory="$dir/lib" \
    -DexcludeArtifactIds=zstd-jni,snappy-java,hardwood-core,fastcsv,tokenizers,api,byte-buddy,jline-terminal,jline-native,jtokkit,picocli,progressbar,archunit,archunit-junit5,archunit-junit5-api,archunit-junit5-engine,archunit-junit5-engine-api,junit-jupiter,junit-jupiter-api,junit-jupiter-params,junit-jupiter-engine,junit-platform-commons,junit-platform-engine,junit-platform-launcher,opentest4j,apiguardian-api &&
    mvn -B -q -ntp dependency:copy -Dartifact=org.junit.platform:junit-platform-console-standalone:1.14.4 -DoutputDirectory="$dir/lib") ||
    fail "Maven could not copy the libraries"
  slim "$dir/lib"
  mkdir -p "$dir/classes" "$dir/tests" "$dir/peers"
  cp -r "$root/target/classes/." "$dir/classes/"
  cp -r "$root/target/test-classes/." "$dir/tests/"
  rm -rf "$dir/tests/golden" "$dir/tests/fuzz"
  cp "$root"/bench/peers/{torch_cuda,step}.py "$dir/peers/"
  cp "$root/bench/gpu-check.sh" "$dir/"
  [ ! -f "$root/target/kernel-bench" ] || cp "$root/target/kernel-bench" "$dir/" # of bench/kernels.cu, whose head says how
  du -sh "$dir"
}

# The compiler of PTX, 24 MB, is not needed there.
slim() {
  local jar
  for jar in "$1"/jcuda-natives*.jar; do
    python3 - "$jar" <<'PY' || fail "cannot slim $jar"
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as jar:
    kept = {n: jar.read(n) for n in jar.namelist() if "JCudaDriver" in n}
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as jar:
    for name, data in kept.items():
        jar.writestr(name, data)
PY
  done
}

# ---- run -------------------------------------------------------------------------------------------

# part NAME SECONDS COMMAND...: runs it, keeps its log, and notes how it went.
part() {
  local name=$1 limit=$2 code=0 begin=$SECONDS verdict
  shift 2
  [ "$limit" -le $((deadline - SECONDS)) ] || limit=$((deadline - SECONDS))
  if [ "$limit" -lt 5 ]; then
    notes+=("\"$name\": \"left out: no time\"")
    echo "$name: left out, no time"
    return
  fi
  timeout -k 5 "$limit" "$@" >"$out/$name.log" 2>&1 || code=$?
  case $code in
    0) verdict=passed ;;
    124 | 137) verdict="ran past $limit s" ;;
    *) verdict="failed ($code)" ;;
  esac
  notes+=("\"$name\": \"$verdict, $((SECONDS - begin)) s\"")
  tar -C "$out" -czf "$given/logs.tar.gz" . # also for whoever is stopped half way
  printf '%-28s %s, %d s\n' "$name" "$verdict" $((SECONDS - begin))
  [ "$code" -eq 0 ] || tail -n 12 "$out/$name.log" | cut -c1-300
}

junit() { # NAME SECONDS [PREFIX...] -- SELECTORS...
  local name=$1 limit=$2 prefix=()
  shift 2
  while [ "$1" != -- ]; do prefix+=("$1") && shift; done
  shift
  part "$name" "$limit" ${prefix[@]+"${prefix[@]}"} "${java[@]}" org.junit.platform.console.ConsoleLauncher execute \
    --disable-banner --disable-ansi-colors --details=tree --include-classname '.*' "$@"
}

# A whole training of a tiny model, watched by NVIDIA's own tool.
sanitizer() {
  PATH=$PATH:/usr/local/cuda/bin command -v compute-sanitizer >/dev/null || return 0
  PATH=$PATH:/usr/local/cuda/bin junit "sanitizer-$1" 60 compute-sanitizer --tool "$1" --target-processes all --error-exitcode 9 -- \
    --select-method "io.ghostmoe.train.TrainingOnCuda#twentyStepsWithAWakingGhostAreThoseOfTheCpu()"
}

# cuBLAS lies where a toolkit put it, or beside PyTorch, its libcublasLt in the same folder.
cublas() {
  local name library places
  mapfile -t places < <(python3 -c 'import sys; print(*(p for p in sys.path if p.endswith("-packages")), sep="\n")')
  for name in libcublas.so.13 libcublas.so.12; do
    library=$(find ${places[@]+"${places[@]}"} /usr/local/cuda*/ -name "$name" -print -quit 2>/dev/null)
    [ -z "$library" ] || export LD_LIBRARY_PATH=$LD_LIBRARY_PATH:${library%/*}
  done
}

run() {
  local dir given out runtime notes=() deadline=$((SECONDS + ${GPU_CHECK_SECONDS:-285})) tests=io.ghostmoe.tensor.cuda check=io.ghostmoe.tensor.cuda.GpuCheck tiny=${3:-}
  dir=$(cd "$1" && pwd) || fail "no folder $1"
  mkdir -p "$2" && given=$(cd "$2" && pwd) || fail "cannot make $2"
  runtime=$(mktemp -d) && trap "rm -rf '$runtime'" EXIT && out=$runtime/out && mkdir "$out" && tar -C "$runtime" -xzf "$dir/java.tar.gz" || fail "cannot unpack the Java runtime"
  export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}${LD_LIBRARY_PATH:+:}/usr/local/nvidia/lib64:/usr/local/nvidia/lib
  cublas
  java=("$runtime/java/bin/java" -Xmx24g --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED
    -cp "$dir/classes:$dir/tests:$dir/lib/*")
  [ -z "$tiny" ] || java[1]=-Xmx2g
  nvidia-smi >"$out/nvidia-smi.log" 2>&1

  [ ! -x "$dir/kernel-bench" ] || [ -n "$tiny" ] || part kernel-bench 30 "$dir/kernel-bench"
  part device 30 "${java[@]}" "$check" device "$out"
  junit context 30 -- --select-class $tests.CudaContextOnCuda
  junit training 45 -- --select-class io.ghostmoe.train.TrainingOnCuda
  junit parity "${PARITY_SECONDS:-75}" -- --select-class $tests.ForwardParityOnCuda --select-class $tests.SemanticsOnCuda \
    --select-class $tests.RoundedParityOnCuda
  junit cublas 45 -- --select-class $tests.CublasOnCuda --select-class $tests.CublasParityOnCuda \
    --select-class $tests.CublasRoundedParityOnCuda
  if [ -n "$tiny" ]; then
    part operations-tiny 60 "${java[@]}" "$check" operations:tiny "$out"
    part step-tiny 60 "${java[@]}" "$check" step:tiny "$out"
    part step-tiny-bf16 60 "${java[@]}" "$check" step:tiny:bf16 "$out"
    part step-tiny-cublas 60 "${java[@]}" "$check" step:tiny:cublas "$out"
    part products 60 "${java[@]}" "$check" products "$out"
  else
    part step-w0 40 "${java[@]}" "$check" step:w0 "$out"
    part step-w0-cublas 40 "${java[@]}" "$check" step:w0:cublas "$out"
    part step-w1 40 "${java[@]}" "$check" step:w1 "$out"
    part step-w1-bf16 40 "${java[@]}" "$check" step:w1:bf16 "$out"
    part step-w1-cublas 40 "${java[@]}" "$check" step:w1:cublas "$out"
    part step-w1-bf16-cublas 40 "${java[@]}" "$check" step:w1:bf16:cublas "$out"
    part products 40 "${java[@]}" "$check" products "$out"
    part operations-w1 40 "${java[@]}" "$check" operations:w1 "$out"
    sanitizer memcheck
    part step-gpt2 75 "${java[@]}" "$check" step:gpt2 "$out"
    part step-gpt2-bf16 75 "${java[@]}" "$check" step:gpt2:bf16 "$out"
    part step-gpt2-cublas 75 "${java[@]}" "$check" step:gpt2:cublas "$out"
    part step-gpt2-bf16-cublas 75 "${java[@]}" "$check" step:gpt2:bf16:cublas "$out"
    part torch 60 python3 "$dir/peers/torch_cuda.py" "$out/torch.json"
    part operations-gpt2 45 "${java[@]}" "$check" operations:gpt2 "$out"
    sanitizer racecheck
  fi
  printf '{%s}\n' "$(IFS=,; echo "${notes[*]}")" >"$out/parts.json"
  "${java[@]}" "$check" report "$out" && cp "$out"/gpu-check.{json,txt} "$given/" && cat "$out/gpu-check.txt"
}

case ${1:-} in
  --pack) [ $# -eq 2 ] || fail "usage: --pack DIR" && pack "$2" ;;
  --run) [ $# -ge 3 ] || fail "usage: --run DIR OUT [tiny]" && run "$2" "$3" "${4:-}" ;;
  *) fail "usage: bench/gpu-check.sh --pack DIR | --run DIR OUT [tiny]" ;;
esac
