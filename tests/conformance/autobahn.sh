#!/bin/bash
# autobahn.sh PORT [OUTDIR [CASE...]]: the Autobahn cases against a client, by kosoku: a runner with the original's case
# files, from a PyPI wheel. CASEs are ids or globs ('1.*' '9.1.1'); all 517 if none. When the client has opened
# /updateReports?agent=NAME, OUTDIR/index.json has the verdicts, and it ends.
. "$(dirname "$0")/../peers/lib.sh"
[ $# -ge 1 ] || die "usage: autobahn.sh PORT [OUTDIR [CASE...]]"
need_py kosoku kosoku==0.1.0
address=127.0.0.1:$1 port=$1 out=${2:-$TMP/reports}
shift $(($# > 1 ? 2 : 1))
cases=(); for case in "$@"; do cases+=(-i "$case"); done
run "$port" "$PARTS/kosoku/bin/kosoku" -m fuzzingserver -o "$out" "${cases[@]}" "$address"
