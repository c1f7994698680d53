# What the start scripts of this folder share (bash). Source it, don't run it.
#
# Parts are installed once, under a lock, into $NOVA_PARTS (default ~/.cache/nova-parts), so that several tests
# may start peers at the same time. With NOVA_INSTALL=never nothing is installed: a missing part is then status 3.
set -u
PARTS=${NOVA_PARTS:-$HOME/.cache/nova-parts}
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$PARTS"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT

MISSING=3

die() { echo "${0##*/}: $*" >&2; exit 2; }

# may_install WHAT: ends the script where installing is not wanted
may_install() {
  [ "${NOVA_INSTALL:-}" != never ] && return
  echo "${0##*/}: $1 is not installed; bash tests/peers/check.sh installs it" >&2
  exit $MISSING
}

# has FOLDER WANTED...: whether FOLDER holds exactly these
has() { local at=$PARTS/$1; shift; [ "$(cat "$at/.want" 2> /dev/null)" = "$*" ]; }

# need_py FOLDER REQUIREMENT...: a Python environment $PARTS/FOLDER that has them
need_py() {
  has "$@" && return
  local name=$1; shift
  may_install "$*"
  need_deb python3-venv python3 python3-venv
  (
    flock 9
    has "$name" "$@" && exit 0
    rm -rf "${PARTS:?}/$name"
    python3 -m venv "$PARTS/$name" \
      && "$PARTS/$name/bin/pip" install -q --disable-pip-version-check "$@" >&2 \
      && echo "$*" > "$PARTS/$name/.want"
  ) 9> "$PARTS/$name.lock" || die "cannot install $*"
}

# need_npm FOLDER PACKAGE@VERSION...: a folder $PARTS/FOLDER with node_modules
need_npm() {
  has "$@" && return
  local name=$1; shift
  may_install "$*"
  need_deb npm nodejs npm
  (
    flock 9
    has "$name" "$@" && exit 0
    rm -rf "${PARTS:?}/$name"; mkdir -p "$PARTS/$name"; cd "$PARTS/$name" || exit 1
    echo '{"private":true}' > package.json
    npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error "$@" >&2 && echo "$*" > .want
  ) 9> "$PARTS/$name.lock" || die "cannot install $*"
}

# installed WHAT: a command, a shared library such as libuv.so.1, or python3-venv
installed() {
  case $1 in
    python3-venv) python3 -c 'import ensurepip' 2> /dev/null ;;
    *.so.*) PATH=$PATH:/sbin ldconfig -p 2> /dev/null | grep -qF "$1 " ;;
    *) command -v "$1" > /dev/null ;;
  esac
}

# need_deb WHAT PACKAGE...: the Debian packages that bring WHAT (as `installed` takes it); the services they bring are
# kept from starting
need_deb() {
  installed "$1" && return
  local what=$1; shift
  may_install "$what (Debian: $*)"
  (
    flock 9
    installed "$what" && exit 0
    export DEBIAN_FRONTEND=noninteractive
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
      trap 'rm -f $policy' EXIT
      printf '#!/bin/sh\nexit 101\n' > $policy && chmod +x $policy
    fi
    apt-get update -q >&2 && apt-get install -q -y --no-install-recommends "$@" >&2
  ) 9> "$PARTS/apt.lock" && installed "$what" || die "cannot install $*"
}

port_open() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

# run PORT COMMAND...: starts it, prints 'ready 127.0.0.1:PORT' on stdout when the port answers (the peer's own
# output goes to stderr), ends it on SIGTERM or SIGINT with status 0 and kills it after 5 s. The peer dies with this
# script, even when the script is killed; with NOVA_LEASH set, the script ends when its stdin does, so that nothing
# outlives a test that was killed.
run() {
  local port=$1 stop='' leash='' pid rc n; shift
  exec 3<&0
  setpriv --pdeathsig KILL -- "$@" < /dev/null >&2 3<&- & pid=$!
  trap 'stop=1; kill -TERM $pid 2> /dev/null' TERM INT
  if [ -n "${NOVA_LEASH:-}" ]; then
    { while read -r; do :; done; kill -TERM $$; } <&3 >&2 & leash=$!
  fi
  exec 3<&-
  for ((n = 0; n < 600; n++)); do
    port_open "$port" && { echo "ready 127.0.0.1:$port"; break; }
    kill -0 $pid 2> /dev/null || break
    [ -n "$stop" ] && break
    sleep 0.1
  done
  while :; do
    wait $pid; rc=$?
    [ -n "$stop" ] && break
    kill -0 $pid 2> /dev/null || break
  done
  if [ -n "$stop" ]; then
    for ((n = 0; n < 50; n++)); do kill -0 $pid 2> /dev/null || break; sleep 0.1; done
    kill -KILL $pid 2> /dev/null
    wait $pid 2> /dev/null
    rc=0
  fi
  [ -n "$leash" ] && kill "$leash" 2> /dev/null
  exit $rc
}
