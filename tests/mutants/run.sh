#!/bin/bash
# tests/mutants/run.sh [FILE...]: changes the pure rooms of the engine in small ways, or only the files named, and sees a test fail
# for each change. What no test notices must stand in survivors.txt beside this, with its reason.
#
# First the crate's own tests of each room, which take a moment; what they miss is tried against the sessions, at a minute and more
# each. NOVA_MUTANTS=own leaves that out.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=27.1.0
cargo mutants --version 2> /dev/null | grep -qF " $version" || cargo install --locked --quiet cargo-mutants@$version

out=$(realpath -m "${CARGO_TARGET_DIR:-target}")/mutants
copy=$out/tree
listed=$PWD/tests/mutants/survivors.txt
rm -rf "$out"
mkdir -p "$copy"
# Not with the times of the files: what was built of an earlier copy would pass for this one.
git ls-files -z --cached --others --exclude-standard | tar -c --null --ignore-failed-read --files-from=- | tar -xm -C "$copy"

# What decides, and moves no bytes.
rooms=("$@")
[ $# -gt 0 ] || rooms=(
  nova/src/reconnect/{recent,pace,backoff,breaker,course}.rs
  nova/src/flow/{bucket,fixed,window,limiter,queue}.rs
  nova/src/shared/calls.rs nova/src/session/{machine,queue,subscriptions}.rs nova/src/session/subscriptions/*.rs
)

# The tests that a room has in its crate. What sees the course from outside is the model of all parts.
tests_of() {
  case $1 in
    */session/subscriptions*) echo session::subscriptions ;;
    */session/machine.rs) echo session::tests ;;
    */reconnect/course.rs) echo reconnect:: session::tests ;;
    *) echo "$1" | sed -E 's|^nova/src/([^/]+)/.*|\1::|' ;;
  esac
}

# 2: some were missed; 3: some timed out, which is noticing too. Anything else is trouble.
mutate() {
  local status=0
  (cd "$copy" && cargo mutants --in-place --no-shuffle --colors never --no-times -e '**/tests.rs' "$@" > "$out/log" 2>&1) || status=$?
  [ $status -eq 0 ] || [ $status -eq 2 ] || [ $status -eq 3 ] ||
    { tail -n 40 "$out/log"; echo "mutants: ended with $status"; exit 1; }
}

# Bare of what the rooms do not use, each build is shorter; with one seed, a mutant that is killed today is killed tomorrow.
export CARGO_INCREMENTAL=1 CARGO_PROFILE_DEV_DEBUG=0 NOVA_TRANSITIONS=2000
export PROPTEST_CASES=128 PROPTEST_MAX_SHRINK_ITERS=0 PROPTEST_RNG_SEED=1
touch "$out"/{killed,missed,unviable}.txt
for room in "${rooms[@]}"; do
  read -ra own <<< "$(tests_of "$room")"
  mutate -o "$out/room" -f "$room" --minimum-test-timeout 15 --package nova-ws --no-default-features --features tls -C --lib -- -- "${own[@]}"
  cat "$out"/room/mutants.out/{caught,timeout}.txt >> "$out/killed.txt"
  for what in missed unviable; do cat "$out/room/mutants.out/$what.txt" >> "$out/$what.txt"; done
  echo "$(date +%T) $room: $(tail -n 1 "$out/log")"
  rm -rf "$out/room"
done
if [ -s "$out/missed.txt" ] && [ "${NOVA_MUTANTS:-}" != own ]; then
  only=()
  # A field left out is tried whatever the name asked for: hence the file, too.
  while read -r mutant; do only+=(-f "${mutant%%:*}" -F "^$(sed 's/[][\.*^$+?(){}|]/\\&/g' <<< "$mutant")\$"); done < "$out/missed.txt"
  # Without a first look at what is unchanged: that would look for the sessions among the crate's own tests.
  mutate -o "$out/sessions" "${only[@]}" --baseline skip --timeout 300 --package nova-ws --test-package tests -C --test=session
  grep -vxFf "$out/sessions/mutants.out/missed.txt" "$out/missed.txt" >> "$out/killed.txt" || true
  sort -o "$out/missed.txt" <(grep -xFf "$out/sessions/mutants.out/missed.txt" "$out/missed.txt" || true)
  echo "$(date +%T) against the sessions: $(tail -n 1 "$out/log")"
fi

# Where a mutant stands changes with every line above it: it is known by its file and its change.
plain() { sed -E 's/^([^:]+):[0-9]+:[0-9]+: /\1: /' "$1" | sort -u; }
printf '\n%-48s %7s %7s %9s\n' room viable killed survived
awk -F: '{ rooms[$1]; FILENAME ~ /killed/ ? killed[$1]++ : missed[$1]++ } END { for (room in rooms)
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
