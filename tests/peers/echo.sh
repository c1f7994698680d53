#!/bin/bash
# echo.sh PORT ws|ws-deflate|websockets|tls|uws [CERT_AND_KEY.pem]: an echo server of one of three makes: Node's ws,
# Python's websockets (also over TLS, with the file given), uWebSockets.
. "$(dirname "$0")/lib.sh"
usage="usage: echo.sh PORT ws|ws-deflate|websockets|tls|uws [CERT_AND_KEY.pem]"
[ $# -ge 2 ] || die "$usage"
case $2 in
  ws | ws-deflate)
    need_npm ws ws@8.23.0
    export NODE_PATH=$PARTS/ws/node_modules
    run "$1" node "$HERE/src/echo_ws.js" "$1" "${2#ws-}" ;;
  websockets | tls)
    [ "$2" = websockets ] || [ -r "${3:-}" ] || die "$usage"
    need_py websockets websockets==17.4
    run "$1" "$PARTS/websockets/bin/python" "$HERE/src/echo_websockets.py" "$1" ${3:+"$3"} ;;
  uws)
    need_py socketify socketify==0.0.31
    need_deb libuv.so.1 libuv1
    run "$1" "$PARTS/socketify/bin/python" "$HERE/src/echo_uws.py" "$1" ;;
  *) die "$usage" ;;
esac
