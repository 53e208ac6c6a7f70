#!/usr/bin/env bash
# Pairwise CPU ratios of trueup against other programs on one folder: see bench/README.md.
set -euo pipefail
export LC_ALL=C NO_COLOR=1

usage="usage: bench/compare.sh DIR   (ROUNDS=11, TRUEUP=target/release/trueup)"
dir=${1:?$usage}
rounds=${ROUNDS:-11}
trueup=${TRUEUP:-"$(dirname "$0")/../target/release/trueup"}
[ -d "$dir" ] || { echo "bench: no such folder: $dir" >&2; exit 2; }
[ -x "$trueup" ] || { echo "bench: build first: cargo build --release" >&2; exit 2; }

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# A copy without git's data, which some programs read and others leave out: all see the same files.
tree="$results/tree"
mkdir "$tree"
tar -C "$dir" --exclude=.git -cf - . | tar -C "$tree" -xf -

# CPU seconds (user + system) of one run, children included; whatever it prints and however it ends.
cpu() {
  local TIMEFORMAT='%U %S'
  { time "$@" >/dev/null 2>&1 </dev/null || true; } 2>&1 | awk 'END { printf "%.3f\n", $1 + $2 }'
}

# compare NAME OUR-ARGUMENTS -- THEIR COMMAND: alternating runs, so that a busy machine disturbs both alike.
compare() {
  local name=$1 ours=() file
  shift
  while [ "$1" != -- ]; do ours+=("$1"); shift; done
  shift
  if ! command -v "$1" >/dev/null 2>&1; then
    printf '%-34s skipped: %s is not installed\n' "$name" "$1"
    return
  fi
  file="$results/pairs"
  : > "$file"
  cpu "$trueup" "${ours[@]}" > /dev/null   # once each, so that files are in memory
  cpu "$@" > /dev/null
  for _ in $(seq "$rounds"); do
    echo "$(cpu "$trueup" "${ours[@]}") $(cpu "$@")" >> "$file"
  done
  awk '{ print ($2 > 0.0005 ? $1 / $2 : 0), $1, $2 }' "$file" | sort -n | awk -v name="$name" '
    { ratio[NR] = $1; ours += $2; theirs += $3 }
    END {
      middle = int((NR + 1) / 2); low = int((NR + 3) / 4); high = NR + 1 - low
      printf "%-34s ratio %6.2f  (quartiles %.2f to %.2f)   mean CPU s: trueup %.2f, other %.2f\n",
        name, ratio[middle], ratio[low], ratio[high], ours / NR, theirs / NR
    }'
}

common=(scan "$tree" --no-config --quiet)
printf '%s, %s rounds; a ratio below 1 means that trueup takes less CPU time\n' "$dir" "$rounds"
compare "secrets : kingfisher" "${common[@]}" --only secrets -- kingfisher scan --no-validate --git-history none --no-update-check "$tree"
compare "secrets : detect-secrets" "${common[@]}" --only secrets -- detect-secrets -C "$tree" scan --all-files
compare "secrets : rg, no match" "${common[@]}" --only secrets -- rg --hidden --no-messages 'no such text \d{40}' "$tree"
compare "all families : rg, no match" "${common[@]}" -- rg --hidden --no-messages 'no such text \d{40}' "$tree"
