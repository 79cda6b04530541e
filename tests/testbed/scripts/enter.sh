#!/bin/bash
# enter.sh ROOT HOSTNAME VIEW CMD...: runs CMD as the machine HOSTNAME of VIEW (alpha, beta, data, bastion, dbd).
# Called as pid 1 of new mount, uts and pid namespaces; when it ends the kernel ends all that they hold.
root=$1 host=$2 view=$3; shift 3
hostname "$host" || exit 97
mount --bind "$root/hosts" /etc/hosts || exit 97
if [ -d "$root/$view/home" ]; then mount --bind "$root/$view/home" /home || exit 97; fi
if [ -d "$root/$view/etc" ]; then mount --bind "$root/$view/etc" /etc/slurm || exit 97; fi
if [ -d "$root/$view/mnt" ]; then mount --bind "$root/$view/mnt" /mnt || exit 97; fi
[ -p /dev/stdin ] || exec </dev/null
"$@" &
child=$!
trap 'kill -TERM $child 2>/dev/null' TERM INT
trap 'kill -HUP $child 2>/dev/null' HUP
while :; do
    wait "$child"; rc=$?
    kill -0 "$child" 2>/dev/null || exit $rc
done
