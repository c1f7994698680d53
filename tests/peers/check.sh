#!/bin/bash
# check.sh [NAME...]: installs what each peer needs, starts it once, waits for 'ready', stops it with SIGTERM and
# expects status 0 and no listener beyond the loopback. CI runs it before the tests, so that no install falls into a
# test's time-out. Prints the seconds to ready, which have the install in them the first time.
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset NOVA_INSTALL NOVA_LEASH
all=("anvil.sh 1" "aria2.sh secret" "ganache.sh" "hardhat.sh" "inspector.sh" "echo.sh ws" "echo.sh ws-deflate" "echo.sh websockets" "echo.sh uws"
  "official.sh slack" "official.sh discord"
  "../conformance/autobahn.sh $work/reports")
# Before a release: the runner that is slow to install, and the authority.
[ -z "${NOVA_AUTOBAHN:-}" ] || all+=("../conformance/$NOVA_AUTOBAHN.sh $work/reports")

free_port() {
  local port
  while port=$((20000 + RANDOM % 10000)); (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do :; done
  echo $port
}

# listens_beyond PORT: the addresses other than the loopback's on which PORT listens
listens_beyond() {
  local hex; hex=$(printf '%04X' "$1")
  awk -v port="$hex" '$4 == "0A" { split($2, at, ":"); if (at[2] == port && at[1] !~ /^(0100007F|0{24}01000000|0{16}FFFF00000100007F)$/) print at[1] }' \
    /proc/net/tcp /proc/net/tcp6 2> /dev/null
}

passed=0 failed=0
for line in "${all[@]}"; do
  script=${line%% *}
  if [ $# -gt 0 ]; then case " $* " in *" ${script%.sh} "*) ;; *) continue ;; esac; fi
  port=$(free_port) start=$SECONDS
  # Empty before the start: what the one before it said must not count for this one.
  : > "$work/out"
  # shellcheck disable=SC2086 # the rest of the line is a list of arguments
  bash "$here/$script" "$port" ${line#"$script"} < /dev/null > "$work/out" 2> "$work/err" & pid=$!
  until grep -q '^ready' "$work/out" || ! kill -0 $pid 2> /dev/null; do sleep 0.1; done
  took=$((SECONDS - start)) beyond=$(listens_beyond "$port")
  kill -TERM $pid 2> /dev/null; wait $pid; rc=$?
  if grep -q '^ready' "$work/out" && [ $rc -eq 0 ] && [ -z "$beyond" ]; then
    passed=$((passed + 1)) verdict=ok
  else
    failed=$((failed + 1)) verdict="FAILED (status $rc${beyond:+, listens on $beyond})"
    tail -20 "$work/err"
  fi
  printf '%-20s %s, ready after %d s\n' "${line%% "$work"*}" "$verdict" "$took"
done
echo "peers: $passed ready, $failed failed"
[ $failed -eq 0 ]
