#!/bin/bash
# tests/fuzz/run.sh [SECONDS [TARGET...]]: lets each decoder, or those named, have made-up input for so long (default 600 seconds
# each), and prints a line of figures for each. Fails where one found a crash; the input that did it is kept, and named.
#
# No sanitizer: there is nothing unsafe to sanitize, and without one the stable compiler will do.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-600}
targets=("${@:2}")
[ ${#targets[@]} -gt 0 ] || targets=($(basename -s .rs targets/*.rs))

version=0.13.2
cargo fuzz --version 2> /dev/null | grep -qF " $version" || cargo install --locked --quiet cargo-fuzz@$version

out=$(realpath -m "${CARGO_TARGET_DIR:-../../target}")/fuzz
export CARGO_TARGET_DIR=$out
fuzz() { cargo fuzz "$1" --fuzz-dir . --sanitizer none "${@:2}"; }

crashed=()
printf '%-10s %12s %9s %9s %9s %s\n' target runs runs/s edges features crash
for target in "${targets[@]}"; do
  corpus=$out/corpus/$target log=$out/$target.log
  mkdir -p "$corpus" "$out/crashes/$target"
  fuzz build "$target" > "$log" 2>&1 || { cat "$log"; exit 1; }
  fuzz run "$target" "$corpus" "seeds/$target" -- -max_total_time="$seconds" -timeout=10 -max_len=4096 -print_final_stats=1 \
    -artifact_prefix="$out/crashes/$target/" > "$log" 2>&1 || crashed+=("$target")
  awk -v target="$target" '
    / cov: / { for (at = 1; at < NF; at++) { if ($at == "cov:") edges = $(at + 1); if ($at == "ft:") features = $(at + 1) } }
    /^stat::number_of_executed_units:/ { runs = $2 }
    /^stat::average_exec_per_sec:/ { speed = $2 }
    /Test unit written to/ { crash = $NF }
    END { printf "%-10s %12d %9d %9d %9d %s\n", target, runs, speed, edges, features, crash ? crash : "none" }' "$log"
done

for target in "${crashed[@]}"; do
  echo
  grep -A 3 'panicked at\|ERROR: libFuzzer' "$out/$target.log" || tail -20 "$out/$target.log"
done
[ ${#crashed[@]} -eq 0 ] || { echo "fuzz: crashed: ${crashed[*]}"; exit 1; }
