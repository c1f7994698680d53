#!/bin/bash
# official.sh PORT slack|discord [TOKEN [INTENTS]]: the platform's own client library as a client of the venue whose REST
# interface is at http://127.0.0.1:PORT/api. Prints what it sees, one JSON line each, until SIGTERM. Without a token
# it only says that it is there.
. "$(dirname "$0")/lib.sh"
[ $# -ge 2 ] || die "usage: official.sh PORT slack|discord [TOKEN [INTENTS]]"
case $2 in
  slack) need_npm slack @slack/socket-mode@3.1.0 ;;
  discord) need_npm discord @discordjs/ws@2.0.4 @discordjs/rest@2.6.3 ;;
  *) die "no such platform: $2" ;;
esac
need_deb node nodejs
port=$1 platform=$2
shift 2
[ $# -gt 0 ] || { echo "ready 127.0.0.1:$port"; exit 0; }
export NODE_PATH=$PARTS/$platform/node_modules
rm -rf "$TMP"
exec setpriv --pdeathsig KILL -- node "$HERE/src/official_$platform.js" "http://127.0.0.1:$port/api" "$@"
