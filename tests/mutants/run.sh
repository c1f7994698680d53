#!/bin/bash
# tests/mutants/run.sh [FILE...]: changes the pure rooms of the engine in small ways, or only the files named, and sees a test fail
# for each change. What no test notices must stand in survivors.txt beside this, with its reason.
#
# First the crate's own tests, which take seconds; what they miss is tried against the sessions.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=27.1.0
cargo mutants --version 2> /dev/null | grep -qF " $version" || cargo install --locked --quiet cargo-mutants@$version

out=$(realpath -m "${CARGO_TARGET_DIR:-target}")/mutants
copy=$out/tree
listed=$PWD/tests/mutants/survivors.txt
rm -rf "$out/mutants.out" "$out/mutants.out.old" "$copy"
mkdir -p "$copy"
git ls-files -z --cached --others --exclude-standard | tar -c --null --ignore-failed-read --files-from=- | tar -x -C "$copy"

# 2: some were missed; 3: some timed out, which is noticing too. Anything else is trouble.
mutate() {
  local status=0 files=()
  for file in "${rooms[@]}"; do files+=(-f "$file"); done
  (cd "$copy" && cargo mutants --in-place --no-shuffle --colors never --minimum-test-timeout 60 \
    -e '**/tests.rs' -o "$out" "${files[@]}" "$@") || status=$?
  [ $status -eq 0 ] || [ $status -eq 2 ] || [ $status -eq 3 ] || { echo "mutants: ended with $status"; exit 1; }
}

# What decides, and moves no bytes.
rooms=("$@")
[ $# -gt 0 ] || rooms=(
  'nova/src/session/machine.rs' 'nova/src/session/subscriptions.rs' 'nova/src/session/subscriptions/*.rs' 'nova/src/session/queue.rs'
  'nova/src/shared/calls.rs'
  'nova/src/reconnect/'{backoff,breaker,course,pace,recent}'.rs'
  'nova/src/flow/'{bucket,fixed,limiter,queue,window}'.rs'
)
export NOVA_TRANSITIONS=5000
mutate --package nova-ws -C --lib
cat "$out"/mutants.out/{caught,timeout}.txt > "$out/killed.txt"
cat "$out/mutants.out/missed.txt" > "$out/missed.txt"
if [ -s "$out/missed.txt" ]; then
  # `--iterate` leaves out those that were noticed.
  mutate --iterate --package nova-ws --test-package tests -C --test=session
  cat "$out"/mutants.out/{caught,timeout}.txt >> "$out/killed.txt"
  cat "$out/mutants.out/missed.txt" > "$out/missed.txt"
fi

# Where a mutant stands changes with every line above it: it is known by its file and its change.
plain() { sed -E 's/^([^:]+):[0-9]+:[0-9]+: /\1: /' "$1" | sort -u; }
printf '\n%-48s %7s %7s %9s\n' room viable killed survived
awk -F: '{ rooms[$1]; FNR == NR ? killed[$1]++ : missed[$1]++ } END { for (room in rooms)
  printf "%-48s %7d %7d %9d\n", room, killed[room] + missed[room], killed[room], missed[room] }' \
  "$out/killed.txt" "$out/missed.txt" | sort
killed=$(wc -l < "$out/killed.txt") missed=$(wc -l < "$out/missed.txt")
echo "mutants: $((killed + missed)) viable, $killed killed, $missed survived"
[ "$killed" -ge $((9 * missed)) ] || { echo 'mutants: fewer than 90 % were killed'; exit 1; }

reasons() { grep -v '^#' "$listed" | sed 's/ | .*//' | sort -u; }
unlisted=$(comm -23 <(plain "$out/missed.txt") <(reasons))
[ -z "$unlisted" ] || { printf 'mutants: these survived, and survivors.txt gives no reason:\n%s\n' "$unlisted"; exit 1; }
gone=$(comm -13 <(plain "$out/missed.txt") <(reasons))
[ $# -gt 0 ] || [ -z "$gone" ] || { printf 'mutants: survivors.txt lists what no longer survives:\n%s\n' "$gone"; exit 1; }
