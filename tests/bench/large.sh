#!/bin/bash
# large.sh OUT: builds a Go program of more than 100 MB with debug information, from generated
# packages, as big services are. It dies of a nil pointer at once when run.
set -euo pipefail
out=$(realpath -m "$1")
packages=${LARGE_PACKAGES:-64} functions=${LARGE_FUNCTIONS:-700}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

printf 'module example.com/large\n\ngo 1.21\n' >go.mod
for ((package = 0; package < packages; package++)); do
    mkdir "p$package"
    awk -v package="p$package" -v functions="$functions" 'BEGIN {
        printf "package %s\n\nimport (\n\t\"fmt\"\n\t\"sort\"\n\t\"strings\"\n)\n\n", package
        for (i = 0; i < functions; i++) {
            printf "type Record%d struct {\n\tName string\n\tParts []string\n\tIndex map[string]int\n\tNext *Record%d\n\tSize [%d]int64\n}\n\n", i, i, i % 9 + 1
            printf "// Work%d is of the size of ordinary code.\nfunc (r *Record%d) Work%d(input string, limit int) (count int, err error) {\n", i, i, i
            printf "\tseen := make(map[string]int)\n\tfor at, part := range strings.Split(input, \"%d\") {\n", i
            printf "\t\tif at > limit+%d {\n\t\t\treturn count, fmt.Errorf(\"part %%d of %%q: %d\", at, part)\n\t\t}\n", i % 7, i
            printf "\t\tseen[part] += len(part) + %d\n\t\tr.Parts = append(r.Parts, part)\n\t}\n", i
            printf "\tsort.Slice(r.Parts, func(a, b int) bool { return seen[r.Parts[a]] < seen[r.Parts[b]] })\n"
            printf "\tfor name, size := range seen {\n\t\tr.Index[name] = size * %d\n\t\tcount += size\n\t}\n\tr.Size[count%%len(r.Size)]++\n\treturn count, nil\n}\n\n", i % 11 + 1
        }
        printf "// All keeps every function alive.\nvar All = []any{\n"
        for (i = 0; i < functions; i++) printf "\t&Record%d{}, (*Record%d).Work%d,\n", i, i, i
        printf "}\n"
    }' >"p$package/code.go"
done
{
    printf 'package main\n\nimport (\n\t"fmt"\n'
    for ((package = 0; package < packages; package++)); do printf '\t"example.com/large/p%d"\n' "$package"; done
    printf ')\n\ntype request struct {\n\tid    int\n\tnext  *request\n\tnotes []string\n}\n\n'
    printf '//go:noinline\nfunc serve(r *request, notes []string) int {\n\tr.notes = append(r.notes, notes...)\n\treturn r.next.id\n}\n\n'
    printf 'func main() {\n\tkept := 0\n'
    for ((package = 0; package < packages; package++)); do printf '\tkept += len(p%d.All)\n' "$package"; done
    printf '\tfmt.Println(kept)\n\tfmt.Println(serve(&request{id: 1}, []string{"one", "two"}))\n}\n'
} >main.go
go build -o "$out" .
ls -l "$out"
