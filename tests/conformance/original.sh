#!/bin/bash
# original.sh PORT [OUTDIR [CASE...]]: the same by the original runner, the authority: the Autobahn test suite 25.10.1. It
# does not end by itself. It needs Python 2.7, which is taken from Debian bullseye into a folder of its own (110 MB, about
# a minute, with gcc for the suite's accelerator) and will not be had for ever.
. "$(dirname "$0")/../peers/lib.sh"
[ $# -ge 1 ] || die "usage: original.sh PORT [OUTDIR [CASE...]]"
own=$(cd "$(dirname "$0")" && pwd)
root=$PARTS/autobahn-original suite=autobahntestsuite==25.10.1

# Debian's packages of the older release, from the mirror that this machine uses
fetch_python() {
  local mirror apt=$root/apt deb
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null \
    | sed -n -e 's/^URIs: *//p' -e 's/^deb  *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\).*/\2/p' | grep '/debian/*$' | head -1)
  mkdir -p "$apt"/etc/{apt.conf.d,preferences.d} "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/debs"
  : > "$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bullseye main" > "$apt/etc/sources.list"
  cat > "$apt/apt.conf" << C
Dir::Etc "$apt/etc"; Dir::State "$apt/state"; Dir::State::status "$apt/status"; Dir::Cache "$apt/cache";
Acquire::Languages "none"; APT::Sandbox::User "root";
C
  (
    export APT_CONFIG=$apt/apt.conf
    cd "$apt/debs" && apt-get -q update && apt-get -q download python2.7 python2.7-minimal libpython2.7-minimal \
      libpython2.7-stdlib libpython2.7 libpython2.7-dev python2.7-dev python-setuptools python-pkg-resources libssl1.1 libffi7
  ) || return
  for deb in "$apt"/debs/*.deb; do dpkg -x "$deb" "$root" || return; done
  rm -rf "$apt"
}

python2() {
  LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu PYTHONHOME=$root/usr "$root/usr/bin/python2.7" -W ignore "$@"
}

fetch_suite() {
  local pip=$root/pip-20.3.4-py2.py3-none-any.whl/pip quiet=(-q --disable-pip-version-check --no-cache-dir)
  python3 -m pip download -q --no-deps -d "$root" --python-version 27 --implementation py --abi none --platform any pip==20.3.4 \
    && python2 "$pip" install "${quiet[@]}" txaio==2.1.0 incremental==16.10.1 cryptography==3.3.2 pyOpenSSL==19.1.0 \
      Twisted==19.10.0 zope.interface==4.6.0 jinja2==2.11.3 markupsafe==1.1.1 Werkzeug==1.0.1 klein==17.10.0 \
      service_identity==18.1.0 unittest2==1.1.0 six==1.16.0 autobahn==0.10.9 \
    && CFLAGS="-I$root/usr/include/python2.7 -I$root/usr/include" \
      python2 "$pip" install "${quiet[@]}" --no-deps wsaccel==0.6.2 \
    && python2 "$pip" install "${quiet[@]}" --no-deps "$suite"
}

if ! has autobahn-original "$suite"; then
  may_install "$suite"
  (
    flock 9
    has autobahn-original "$suite" && exit 0
    rm -rf "$root"; mkdir -p "$root"
    { fetch_python && fetch_suite; } >&2 && echo "$suite" > "$root/.want"
  ) 9> "$root.lock" || die "cannot install $suite"
fi

port=$1 out=${2:-$TMP/reports}
shift $(($# > 1 ? 2 : 1))
[ $# -gt 0 ] || set -- '*'
cases=$(printf '"%s",' "$@")
cat > "$TMP/spec.json" << C
{ "url": "ws://127.0.0.1:$port", "outdir": "$out", "cases": [${cases%,}], "exclude-cases": [], "exclude-agent-cases": {} }
C
export LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu PYTHONHOME=$root/usr
run "$port" "$root/usr/bin/python2.7" -W ignore "$own/original.py" -m fuzzingserver -s "$TMP/spec.json" -u 0
