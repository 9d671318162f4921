#!/bin/bash
# Times this debugger and Delve on the same cores, in turn (ours, Delve, ours, Delve, ...), and
# writes a Markdown table. Absolute times belong to the machine, ratios travel.
#
#     tests/bench/run.sh [RUNS]                 (default 5)
#     BENCH_ONLY='stacks' tests/bench/run.sh    only the rows whose name contains this
#     BENCH_DIR=/some/where                     where programs and cores are kept (0.9 GB)
#
# Times are whole processes, output to /dev/null, page cache warm: the median, and the least in
# brackets. Ratios are medians of the ratios of neighbouring runs. Memory is the most private
# (anonymous) memory met in a run of its own, looked at every 5 ms, "-" when it was over before
# the first look: mapped pages of the core belong to the page cache.
#
# Needs Go, dlv, zstd, and a kernel that writes cores into the working directory.
set -euo pipefail
cd "$(dirname "$0")/../.."

runs=${1:-5}
only=${BENCH_ONLY:-}
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
dir=$(realpath -m "${BENCH_DIR:-$target/bench}")
mkdir -p "$dir"
scratch=$(mktemp -d "$dir/run.XXXX")
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "$*" >&2
    exit 1
}

for tool in go zstd cargo awk; do
    command -v "$tool" >/dev/null || fail "$tool is not here"
done
dlv=$(command -v dlv || echo "$(go env GOPATH)/bin/dlv")
[ -x "$dlv" ] || fail "dlv is not here: go install github.com/go-delve/delve/cmd/dlv@latest"
cargo build --release --quiet
ours=$target/release/tinydbg-tui

# Before all others on a machine that others use, where that is allowed.
first=()
chrt -r 1 true 2>/dev/null && first=(chrt -r 1)

# core NAME EXE ARGS...: runs EXE until it dies; its core becomes $dir/NAME.core
core() {
    local name=$1 exe=$2 place=$scratch/$1 found
    shift 2
    [ -e "$dir/$name.core" ] && return
    mkdir "$place"
    (cd "$place" && ulimit -c unlimited && env -i GOTRACEBACK=crash "$exe" "$@" >stdout 2>stderr) || true
    found=$(find "$place" -name 'core*' | head -1)
    [ -n "$found" ] || fail "$name left no core: $(tail -1 "$place/stderr")"
    mv "$found" "$dir/$name.core"
    rm -rf "$place"
}

prepare() {
    zstd -dqf assets/demo/orders.zst -o "$dir/orders"
    zstd -dqf assets/demo/orders.core.zst -o "$dir/orders.core"
    chmod +x "$dir/orders"
    [ -x "$dir/many" ] || (cd tests/programs/many && go build -o "$dir/many" .)
    core many10000 "$dir/many" 10000
    core many100000 "$dir/many" 100000
    [ -x "$dir/values" ] || (cd tests/programs/values_large && go build -o "$dir/values" .)
    core values "$dir/values"
    [ -x "$dir/large" ] || tests/bench/large.sh "$dir/large"
    core large "$dir/large"
}

# The two commands of a row: arrays, so that nothing is split twice.
mine=() peer=()
# commands EXE CORE DELVE_COMMANDS OUR_ARGUMENTS...
commands() {
    local exe=$dir/$1 core=$dir/$2.core
    printf '%b\nexit\n' "$3" >"$scratch/init"
    shift 3
    mine=("$ours" core "$exe" "$core" "$@")
    peer=("$dlv" core "$exe" "$core" --allow-non-terminal-interactive --check-go-version=false --init "$scratch/init")
}

# frame_of FUNCTION COMMAND...: the number of its frame in the stack that the command prints.
frame_of() {
    local function=$1
    shift
    "$@" </dev/null 2>/dev/null | sed 's/\x1b\[[0-9;]*m//g' |
        awk -v function_name="$function" '$3 == "in" && $4 == function_name { print $1; exit }'
}

# once COMMAND...: wall and CPU seconds of one run.
once() {
    local TIMEFORMAT='%3R %3U %3S'
    { time "${first[@]}" "$@" >/dev/null 2>"$scratch/err" </dev/null; } 2>&1 ||
        fail "failed: $*: $(tail -1 "$scratch/err")"
}

# private COMMAND...: the most anonymous MiB that a run of it had.
private() {
    local pid most=0 now
    "$@" >/dev/null 2>&1 </dev/null &
    pid=$!
    while now=$(awk '/^RssAnon/ { print $2 }' "/proc/$pid/status" 2>/dev/null) && [ -n "$now" ]; do
        if ((now > most)); then most=$now; fi
        sleep 0.005
    done
    wait "$pid" || fail "failed: $*"
    if ((most > 0)); then echo $((most / 1024)); else echo -; fi
}

# row NAME EXE CORE DELVE_COMMANDS OUR_ARGUMENTS...
row() {
    local name=$1 run
    shift
    case $name in *"$only"*) ;; *) return 0 ;; esac
    commands "$@"
    once "${mine[@]}" >/dev/null
    : >"$scratch/pairs"
    for ((run = 0; run < runs; run++)); do
        echo "$(once "${mine[@]}") $(once "${peer[@]}")" >>"$scratch/pairs"
    done
    awk -v name="$name" -v mine="$(private "${mine[@]}")" -v peer="$(private "${peer[@]}")" '
        function sorted(v,   i, j, t) {
            for (i = 2; i <= NR; i++) for (j = i; j > 1 && v[j] < v[j - 1]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
        }
        function median(v) { sorted(v); return NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }
        # The clock counts in milliseconds.
        function ratio(theirs, ours) { return theirs / (ours < 0.001 ? 0.001 : ours) }
        {
            wall[NR] = $1; cpu[NR] = $2 + $3; peer_wall[NR] = $4; peer_cpu[NR] = $5 + $6
            by_wall[NR] = ratio($4, $1); by_cpu[NR] = ratio($5 + $6, $2 + $3)
        }
        END {
            printf "| %s | %.0f / %.0f | ", name, median(by_wall), median(by_cpu)
            m = median(peer_wall); printf "%.2f (%.2f) / %.2f / %s | ", m, peer_wall[1], median(peer_cpu), peer
            m = median(wall); printf "%.3f (%.3f) / %.3f / %s |\n", m, wall[1], median(cpu), mine
        }' "$scratch/pairs"
}

prepare >&2
printf '%s; Delve %s; %s cores, Linux %s; %s runs in turn%s\n\n' "$("$ours" --version)" \
    "$("$dlv" version | awk '/^Version/ { print $2 }')" "$(nproc)" "$(uname -r)" "$runs" \
    "${first:+, at real-time priority}"
echo '| work | times less wall / CPU | Delve: wall (least) / CPU s / private MiB | ours |'
echo '|---|---|---|---|'
row 'demo: report and first stack (Delve: first stack)' orders orders 'bt' -x report -x bt
row "$(($(stat -c %s "$dir/large") >> 20)) MiB program: report and first stack (Delve: first stack)" \
    large large 'bt' -x report -x bt
commands large large 'bt' -x bt
row 'the same: first stack, arguments of main.serve' large large \
    "bt\nframe $(frame_of main.serve "${peer[@]}") args" -x bt -x "frame $(frame_of main.serve "${mine[@]}")" -x args
row '10,000 goroutines (ours as JSON, all columns)' many many10000 'goroutines' --json -x goroutines
row '100,000 goroutines (the same)' many many100000 'goroutines' --json -x goroutines
row '100,000 goroutines by user location' many many100000 'goroutines -group userloc' -x 'goroutines -group userloc'
row '100,000 goroutines: all stacks as text' many many100000 'goroutines -t' -x 'goroutines -t'
row 'one page of a map of 1,000,000 entries' values values 'print main.million' -x 'print main.million'
row 'one entry of it by its key' values values 'print main.million["key-999999"]' \
    -x 'print main.million["key-999999"]'
row 'element 999,999 of a slice of structs' values values 'print main.orders[999999]' \
    -x 'print main.orders[999999]'
row 'a tree of 1,023 structs, whole' values values \
    'config max-variable-recurse 40\nconfig max-array-values 1000\nprint main.root' -x 'print -all main.root'
