#!/bin/bash
# inside.sh COMMAND...: runs it in a network of its own, which is gone with its last process however that dies: no
# namespace has a name. Needs Linux with namespaces (root, or users that may have their own) and Debian's iproute2.
#
# Inside, 10.9.0.1 and fd77::1 are this host. All else of 10.9.0.0/24 and fd77::/64 is a black hole that swallows what
# is sent there, until an address is added to `lo`; nothing leaves the machine. Names are asked of 127.0.0.1 alone.
set -eu
if [ -z "${NOVA_INSIDE:-}" ]; then
  # The command dies with whoever asked for it.
  export NOVA_INSIDE=1
  exec unshare --map-root-user --net --mount setpriv --pdeathsig KILL -- bash "$0" "$@"
fi
ip link set lo up
ip link add void type veth peer name beyond
ip link set void arp off
ip link set beyond up
ip link set void up
ip addr add 10.9.0.1/24 dev void
ip -6 addr add fd77::1/64 dev void nodad
ip -6 addr add fd77::1/128 dev lo nodad
mount -t tmpfs none /mnt
printf 'nameserver 127.0.0.1\noptions timeout:30 attempts:1\n' > /mnt/resolv.conf
echo '127.0.0.1 localhost' > /mnt/hosts
echo 'hosts: files dns' > /mnt/nsswitch.conf
for file in resolv.conf hosts nsswitch.conf; do
  [ ! -e /etc/$file ] || mount --bind /mnt/$file /etc/$file
done
exec "$@"
