#!/bin/bash
# Times this debugger and Delve on the same cores, one after the other in the same run, and writes
# a Markdown table with the ratios. Absolute times belong to the machine, ratios travel.
#
#     tests/bench/run.sh [RUNS]          (default 5; the median counts)
#     BENCH_ONLY='open' tests/bench/run.sh      only the rows whose name contains this
#     BENCH_DIR=/some/where                     where programs and cores are kept (1.5 GB)
#
# Needs Go, dlv, zstd, GNU time, and a kernel that writes cores into the working directory.
set -euo pipefail
cd "$(dirname "$0")/../.."

runs=${1:-5}
only=${BENCH_ONLY:-}
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
dir=${BENCH_DIR:-$target/bench}
goroutines='10000 100000'
mkdir -p "$dir"

dlv=$(command -v dlv || echo "$(go env GOPATH)/bin/dlv")
[ -x "$dlv" ] || { echo "dlv is not here: go install github.com/go-delve/delve/cmd/dlv@latest" >&2; exit 1; }
[ -x /usr/bin/time ] || { echo "GNU time is not here: apt-get install time" >&2; exit 1; }
cargo build --release --quiet
ours=$target/release/tinydbg-tui

# core NAME EXE ARGS...: runs EXE until it dies; its core becomes $dir/NAME.core
core() {
    local name=$1 exe=$2 scratch
    shift 2
    [ -e "$dir/$name.core" ] && return
    scratch=$(mktemp -d "$dir/run.XXXX")
    (cd "$scratch" && ulimit -c unlimited && env -i GOTRACEBACK=crash "$exe" "$@" >stdout 2>stderr) || true
    mv "$scratch"/core* "$dir/$name.core" || { tail -3 "$scratch/stderr" >&2; exit 1; }
    rm -rf "$scratch"
}

prepare() {
    zstd -dqf assets/demo/orders.zst -o "$dir/orders"
    zstd -dqf assets/demo/orders.core.zst -o "$dir/orders.core"
    chmod +x "$dir/orders"
    (cd tests/programs/many && go build -o "$dir/many" .)
    for count in $goroutines; do core "many$count" "$dir/many" "$count"; done
    [ -x "$dir/large" ] || tests/bench/large.sh "$dir/large"
    core large "$dir/large"
}

# measure COMMAND...: median wall seconds, CPU seconds and peak MiB of $runs runs. The shell counts
# in milliseconds, GNU time knows the memory.
measure() {
    local run TIMEFORMAT='%3R %3U %3S'
    for ((run = 0; run < runs; run++)); do
        { time /usr/bin/time -o "$dir/memory" -f %M "$@" >"$dir/out" 2>"$dir/err" </dev/null ||
            echo "failed: $*: $(tail -1 "$dir/err")" >&3; } 2>&1 | tr '\n' ' '
        tail -1 "$dir/memory"
    done 3>&2 | awk '{ w[NR] = $1; c[NR] = $2 + $3; m[NR] = $4 / 1024 }
        function median(v, n,   i, j, t) {
            for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
            return v[int((n + 1) / 2)]
        }
        END { printf "%.3f %.3f %.0f", median(w, NR), median(c, NR), median(m, NR) }'
}

# row NAME EXE CORE DELVE_COMMANDS OUR_COMMAND...
row() {
    local name=$1 exe=$2 core=$3 script=$dir/init peer mine
    printf '%b\nexit\n' "$4" >"$script"
    shift 4
    case $name in *"$only"*) ;; *) return ;; esac
    local args=(core "$exe" "$core" --no-debuginfod)
    local command
    for command in "$@"; do args+=(-x "$command"); done
    mine=$(measure "$ours" "${args[@]}")
    peer=$(measure "$dlv" core "$exe" "$core" --allow-non-terminal-interactive --check-go-version=false --init "$script")
    awk -v name="$name" -v mine="$mine" -v peer="$peer" 'BEGIN {
        split(mine, a, " "); split(peer, b, " ")
        printf "| %s | %s s / %s / %s | %s s / %s / %s | %.0f / %.0f / %.1f |\n", name, b[1], b[2], b[3], a[1], a[2], a[3],
            b[1] / (a[1] > 0 ? a[1] : .001), b[2] / (a[2] > 0 ? a[2] : .001), b[3] / a[3]
    }'
}

prepare >&2
printf '%s, %s; %s; medians of %s\n\n' "$("$ours" --version)" "$("$dlv" version | grep -m1 Version)" "$(nproc) cores, Linux $(uname -r)" "$runs"
echo '| work | Delve: wall / CPU s / peak MiB | ours | ratio |'
echo '|---|---|---|---|'
row 'open the demo, report and first stack' "$dir/orders" "$dir/orders.core" 'bt' report bt
row "open a $(($(stat -c %s "$dir/large") >> 20)) MiB program, report and first stack" "$dir/large" "$dir/large.core" 'bt' report bt
row 'the same and first locals' "$dir/large" "$dir/large.core" 'bt\nframe 8 locals' bt locals
for count in $goroutines; do
    row "list $count goroutines" "$dir/many" "$dir/many$count.core" 'goroutines' goroutines
    row "group $count goroutines by user location" "$dir/many" "$dir/many$count.core" 'goroutines -group userloc' 'goroutines -group userloc'
    row "all stacks of $count goroutines" "$dir/many" "$dir/many$count.core" 'goroutines -t' 'goroutines -group stack'
done
