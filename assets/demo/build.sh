#!/bin/bash
# Builds the sample crash anew: executable and core, packed, beside this script.
#
#     assets/demo/build.sh
#
# Needs Go, zstd, and a kernel that writes cores into the working directory (core_pattern `core`)
# and lets users have namespaces. The program runs in a mount namespace of its own as
# /srv/orders/orders, with nothing in its environment but GOTRACEBACK: no path, name or variable
# of the machine gets into the core. What it prints is kept in orders.stderr; tests compare our
# stacks with it.
set -euo pipefail
cd "$(dirname "$0")"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# DWARF stays uncompressed: zstd packs it better than zlib inside of it would let it.
CGO_ENABLED=0 GOFLAGS= go build -trimpath -buildvcs=false -ldflags=-compressdwarf=false -o "$work/orders" .

unshare --user --map-root-user --mount --pid --fork bash -euc '
    mount -t tmpfs -o size=256m tmpfs /srv
    mkdir /srv/orders
    cp "$0/orders" /srv/orders/orders
    cd /srv/orders
    ulimit -c unlimited
    env -i GOTRACEBACK=crash /srv/orders/orders -listen 127.0.0.1:8080 -workers 4 2>stderr || true
    mv core* "$0/core"
    mv stderr "$0/stderr"
' "$work"

zstd -19 -q -f "$work/orders" -o orders.zst
zstd -19 -q -f "$work/core" -o orders.core.zst
cp "$work/stderr" orders.stderr
chmod 644 orders.zst orders.core.zst orders.stderr
ls -l orders.zst orders.core.zst orders.stderr
