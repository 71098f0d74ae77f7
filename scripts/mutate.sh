#!/usr/bin/env bash
# Breaks one rule at a time in a copy of the tree and expects a law to turn red: a law that no mistake can break guards nothing.
# usage: scripts/mutate.sh [PATTERN]    only the mutations whose line matches PATTERN
# Leaves 0 if every mutation was killed, 1 if one survived, 2 if the table no longer fits the sources or the laws fail unbroken.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
table=$root/property-tests/Mutations/mutations.tsv
laws='FullyQualifiedName~Law&FullyQualifiedName!~ScaleLaws'
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

git -C "$root" ls-files -z --cached --others --exclude-standard | tar -C "$root" --null --files-from=- -c | tar -C "$copy" -x
cd "$copy/property-tests"
build() { dotnet build -c Release -v q --nologo -p:RunAnalyzers=false "$@" > "$copy/build.log" 2>&1; }
# A mutation changes no signature, so what stands on Functional.Graph need not be built again.
rebuild() { build "$copy/src/Graph" --no-restore && cp "$copy"/artifacts/bin/{Graph,PropertyTests}/release/Functional.Graph.dll; }
holds() { timeout 120 dotnet test -c Release --no-build --nologo --filter "$laws" -- xUnit.StopOnFail=true > "$copy/test.log" 2>&1; }

build || { tail -5 "$copy/build.log"; exit 2; }
holds || { grep -E '\[FAIL\]|Failed!' "$copy/test.log" | head; echo 'the laws fail before anything is broken'; exit 2; }

killed=0 survived=0 stale=0
while IFS=$'\t' read -r file from to; do
    [[ -z $file || $file == \#* || ! "$file $from $to" =~ ${1:-} ]] && continue
    path=$copy/src/Graph/$file
    before=$(<"$path")
    after=${before/"$from"/"$to"}
    if [[ $before == "$after" ]]; then
        stale=$((stale + 1)) verdict='STALE   '
    else
        printf '%s\n' "$after" > "$path"
        if ! rebuild; then
            grep -m1 -oE 'error [A-Z]+[0-9]+: .*' "$copy/build.log"
            stale=$((stale + 1)) verdict='NO BUILD'
        elif holds; then survived=$((survived + 1)) verdict='SURVIVED'
        else killed=$((killed + 1)) verdict='killed  '
        fi
        printf '%s\n' "$before" > "$path"
    fi
    printf '%s  %s: %s -> %s\n' "$verdict" "$file" "$from" "$to"
done < "$table"
echo "$killed killed, $survived survived, $stale that no longer fit"
((stale)) && exit 2
((survived)) && exit 1
exit 0
