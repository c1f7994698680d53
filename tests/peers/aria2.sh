#!/bin/bash
# aria2.sh PORT [SECRET]: aria2's JSON-RPC 2.0 over WebSocket at /jsonrpc: requests, batches, a secret token, and
# notifications (aria2.onDownloadStart and its kin) that nobody subscribes to.
. "$(dirname "$0")/lib.sh"
[ $# -ge 1 ] || die "usage: aria2.sh PORT [SECRET]"
need_deb aria2c aria2
run "$1" aria2c --no-conf -q --enable-rpc --rpc-listen-all=false --disable-ipv6 \
  --rpc-listen-port="$1" --dir="$TMP" ${2:+--rpc-secret="$2"}
