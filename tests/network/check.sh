#!/bin/bash
# check.sh: installs what a network of one's own needs and makes one. CI runs it before the tests.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../peers/lib.sh"
need_deb ip iproute2
bash "$here/inside.sh" ip route get 10.9.0.2 > /dev/null && echo "network: ready"
