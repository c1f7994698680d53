#!/bin/bash
# anvil.sh PORT [BLOCK_SECONDS]: an Ethereum development node (Foundry's anvil) with JSON-RPC over HTTP and WebSocket
# on one port. Without BLOCK_SECONDS a block is mined for each transaction, or by the call evm_mine.
. "$(dirname "$0")/lib.sh"
[ $# -ge 1 ] || die "usage: anvil.sh PORT [BLOCK_SECONDS]"
case $(uname -m) in
  x86_64) arch=amd64 ;;
  aarch64) arch=arm64 ;;
  *) die "no anvil for $(uname -m)" ;;
esac
need_npm anvil "@foundry-rs/anvil-linux-$arch@1.7.1"
run "$1" "$PARTS/anvil/node_modules/@foundry-rs/anvil-linux-$arch/bin/anvil" --silent \
  --host 127.0.0.1 --port "$1" ${2:+--block-time "$2"}
