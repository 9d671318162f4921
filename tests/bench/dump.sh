#!/bin/bash
# dump.sh [RUNS]: how long a Go program with a heap of random bytes stands still for a dump, and how
# fast the dump is: ours in each way, Delve, gcore, and dd of as many bytes from memory to the same
# disk. All take turns; prints least and median. Needs Go, dlv, gcore, room for one core.
#
#   HEAP=1024   MB of the heap        TINYDBG=...   the program, else target/release
#   WHERE=.     directory on the disk that is written to
set -euo pipefail
runs=${1:-5} heap=${HEAP:-1024}
here=$(cd "$(dirname "$0")/../.." && pwd)
tool=${TINYDBG:-${CARGO_TARGET_DIR:-$here/target}/release/tinydbg-tui}
dlv=$(command -v dlv || echo "$HOME/go/bin/dlv")
work=$(mktemp -d "${WHERE:-.}/dump-bench.XXXXXX")
source=$(mktemp /dev/shm/dump-bench.XXXXXX)
pid=
cleanup() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    rm -rf "$work" "$source"
}
trap cleanup EXIT

(cd "$here/tests/programs" && go build -o "$work/dumped" ./dumped)
"$work/dumped" "$heap" "$work/mapped" >"$work/ready" &
pid=$!
until [ -s "$work/ready" ]; do sleep 0.1; done
head -c "${heap}M" /dev/urandom >"$source"

ms() { echo $((($(date +%s%N) - $1) / 1000000)); }
# A poll of the state every millisecond: how long it was traced or stopped, in ms.
held() {
    perl -MTime::HiRes=time,sleep -e '
        my ($pid, $flag, $held, $last) = (@ARGV, 0, undef);
        while (-e $flag) {
            open(my $f, "<", "/proc/$pid/stat") or last;
            my ($state) = <$f> =~ /\) (\w)/;
            my $now = time;
            $held += $now - $last if defined $last && $state =~ /[tT]/;
            $last = $now;
            sleep 0.001;
        }
        printf "%d\n", $held * 1000' "$pid" "$work/busy"
}
# name, command: a line "name held total".
watched() {
    local name=$1 begun total
    shift
    rm -f "$work/a.core" "$work/a.core".*
    sync
    touch "$work/busy"
    held >"$work/held" &
    local watcher=$!
    begun=$(date +%s%N)
    "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    total=$(ms "$begun")
    rm "$work/busy"
    wait "$watcher"
    echo "$name $(cat "$work/held") $total" >>"$work/figures"
}
ours() { "$tool" dump "$pid" -o "$work/a.core" "$@"; }
delve() {
    printf 'dump %s\nexit\n' "$work/a.core" >"$work/commands"
    "$dlv" attach "$pid" --allow-non-terminal-interactive --check-go-version=false --init "$work/commands" <<<n
}
for ((run = 0; run < runs; run++)); do
    watched stop ours --stop
    watched snapshot ours --snapshot
    watched snapshot+zstd ours --snapshot --compress
    watched stop+zstd ours --stop --compress
    watched dd dd if="$source" of="$work/a.core" bs=2M conv=fsync
    watched delve delve
    watched gcore gcore -o "$work/a.core" "$pid"
done
printf '%-14s %12s %12s   (ms; least and median of %s)\n' what held total "$runs"
for name in stop snapshot stop+zstd snapshot+zstd delve gcore dd; do
    column() { awk -v name="$name" -v column="$1" '$1 == name { print $column }' "$work/figures" | sort -n |
        awk '{ all[NR] = $1 } END { printf "%d/%d", all[1], all[int((NR + 1) / 2)] }'; }
    printf '%-14s %12s %12s\n' "$name" "$(column 2)" "$(column 3)"
done
