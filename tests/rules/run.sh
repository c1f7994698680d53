#!/bin/bash
# tests/rules/run.sh [RULE...]: breaks the engine's rules by hand, one at a time, and sees the test that is named for each fail.
#
# A rule is a file here: a patch that breaks it, and above it the test that must notice and the target that has this test. The
# patches are laid on a copy, so nothing of the tree changes; one that does not fit any more has to be made anew.
set -euo pipefail
cd "$(dirname "$0")/../.."

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
copy=$target/rules
export CARGO_TARGET_DIR=$target CARGO_TERM_COLOR=never RUST_BACKTRACE=0
# Far more than any of these tests takes: what hangs is no failure.
patience=${NOVA_RULES_PATIENCE:-120}

rm -rf "$copy"
mkdir -p "$copy"
git ls-files -z --cached --others --exclude-standard | tar -c --null --ignore-failed-read --files-from=- | tar -x -C "$copy"
log=$copy.log

said() { sed -n "s/^# $1: //p" "$2"; }
build() { (cd "$copy" && cargo test -q $1 --no-run) > "$log" 2>&1; }
# The named test alone, from a binary that is built.
try() { (cd "$copy" && timeout "$patience" cargo test $1 -- --exact "$2") > "$log" 2>&1; }
give_up() { echo "rules: $*"; tail -n 40 "$log"; exit 1; }

rules=("$@")
[ ${#rules[@]} -gt 0 ] || mapfile -t rules < <(cd tests/rules && ls ./*.patch | sed 's|^\./||; s|\.patch$||')

# Whole, each test passes: one that always fails would notice everything.
for rule in "${rules[@]}"; do said target "tests/rules/$rule.patch"; done | sort -u | while read -r of; do
  build "$of" || give_up "the tree does not build: $of"
  tests=()
  for rule in "${rules[@]}"; do
    [ "$(said target "tests/rules/$rule.patch")" != "$of" ] || tests+=("$(said test "tests/rules/$rule.patch")")
  done
  (cd "$copy" && timeout $((patience * 2)) cargo test $of -- --exact "${tests[@]}") > "$log" 2>&1 || give_up "a test fails already"
  # A name that is misspelt runs nothing.
  passed=$(awk '/^test .* ok$/ { passed++ } END { print passed + 0 }' "$log")
  [ "$passed" -eq "$(printf '%s\n' "${tests[@]}" | sort -u | wc -l)" ] || give_up "$passed tests ran of: ${tests[*]}"
done

unnoticed=0
printf '%-46s %-78s %s\n' 'rule broken' 'test' 'what became of it'
for rule in "${rules[@]}"; do
  patch=$PWD/tests/rules/$rule.patch
  of=$(said target "$patch") test=$(said test "$patch")
  (cd "$copy" && GIT_CEILING_DIRECTORIES=$target git apply "$patch") > "$log" 2>&1 || give_up "$rule: the patch does not fit"
  build "$of" || give_up "$rule: broken, it does not build"
  status=0
  try "$of" "$test" || status=$?
  if [ $status -eq 124 ]; then
    verdict='HUNG'
  elif grep -q "^test $test \.\.\. FAILED" "$log" && grep -q "^thread .* panicked at" "$log"; then
    verdict='failed'
  else
    verdict='NOT NOTICED'
  fi
  [ "$verdict" = failed ] || unnoticed=$((unnoticed + 1))
  printf '%-46s %-78s %s\n' "$rule" "$test" "$verdict"
  (cd "$copy" && GIT_CEILING_DIRECTORIES=$target git apply -R "$patch")
done
echo "rules: ${#rules[@]} broken, $((${#rules[@]} - unnoticed)) noticed"
[ $unnoticed -eq 0 ]
