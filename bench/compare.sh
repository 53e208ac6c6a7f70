#!/usr/bin/env bash
# Pairwise ratios of trueup against other programs on one folder, in CPU time, elapsed time and memory: bench/README.md.
set -euo pipefail
export LC_ALL=C NO_COLOR=1

usage="usage: bench/compare.sh TREE   (ROUNDS=11, TRUEUP=target/release/trueup)"
given=${1:?$usage}
rounds=${ROUNDS:-11}
trueup=${TRUEUP:-"$(dirname "$0")/../target/release/trueup"}
[ -d "$given" ] || { echo "bench: no such folder: $given" >&2; exit 2; }
[ -x "$trueup" ] || { echo "bench: build first: cargo build --release" >&2; exit 2; }
[[ $rounds =~ ^[1-9][0-9]*$ ]] || { echo "bench: ROUNDS should be a number, 1 or more" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# All read the same files: a copy without git's data, without files larger than trueup reads, and without the lists by
# which programs pass over files, each in its own way.
tree="$work/tree"
one="$work/one"
mkdir "$tree" "$one"
tar -C "$given" --exclude=.git -cf - . | tar -C "$tree" -xf -
find "$tree" -type f \( -size +10485760c -o -name .gitignore -o -name .ignore -o -name .rgignore -o -name .trueupignore \) -delete
printf 'greeting = "hello"\n' > "$one/settings.py"

# GNU time tells the peak of memory; the shell's own `time` is finer for times.
gnu_time=
for candidate in /usr/bin/time gtime; do
  if "$candidate" -f %M true >/dev/null 2>&1; then gnu_time=$candidate; break; fi
done

# Elapsed seconds and CPU seconds (user and system, children included) of one run, whatever it prints.
run() {
  local TIMEFORMAT='%R %U %S'
  { time "$@" >/dev/null 2>&1 </dev/null || true; } 2>&1 | awk 'END { printf "%.3f %.3f\n", $1, $2 + $3 }'
}

# The first run of each program is not counted: it brings files into memory and fills caches of compiled rules. A
# program that only complains would be fast, so its exit status must be one of those that its scans end with.
warm() {
  local allowed=$1 status=0
  shift
  "$@" >"$work/said" 2>&1 </dev/null || status=$?
  case " $allowed " in *" $status "*) return 0 ;; esac
  echo "failed with exit status $status: $(grep -v '^$' "$work/said" | tail -1)"
  return 1
}

# The largest peak of three runs, in MB.
peak() {
  [ -n "$gnu_time" ] || { echo "-"; return; }
  for _ in 1 2 3; do
    "$gnu_time" -q -o "$work/peak" -f %M "$@" >/dev/null 2>&1 </dev/null || true
    tail -1 "$work/peak"
  done | sort -n | awk 'END { printf "%.0f", $1 / 1024 }'
}

# compare NAME ALLOWED-STATUS OUR ARGUMENTS -- THEIR COMMAND: pairs of runs, each program first in every other pair, so
# that a machine whose speed drifts, or which is busy, disturbs both alike.
compare() {
  local name=$1 allowed=$2 ours=("$trueup") why pair
  shift 2
  while [ "$1" != -- ]; do ours+=("$1"); shift; done
  shift
  if ! command -v "$1" >/dev/null 2>&1; then
    printf '%-32s skipped: %s is not installed\n' "$name" "$1"
    return
  fi
  if ! why=$(warm "0 1" "${ours[@]}") || ! why=$(warm "$allowed" "$@"); then
    printf '%-32s skipped: %s\n' "$name" "$why"
    return
  fi
  for pair in $(seq "$rounds"); do
    local a b
    if ((pair % 2)); then a=$(run "${ours[@]}"); b=$(run "$@"); else b=$(run "$@"); a=$(run "${ours[@]}"); fi
    echo "$a $b"
  done > "$work/pairs"
  row "$name" "$(column '$2, $4')" "$(column '$1, $3')" "$(peak "${ours[@]}")" "$(peak "$@")"
}

# Median and quartiles of the pairs' ratios, and the medians of both programs, for two columns of the pairs. Times below
# what the clock tells apart count as one tick.
column() {
  awk "{ print $1 }" "$work/pairs" | awk '
    function tick(value) { return value > 0.001 ? value : 0.001 }
    function sorted(list, count,   i, j, kept) {
      for (i = 2; i <= count; i++) {
        kept = list[i]
        for (j = i - 1; j > 0 && list[j] > kept; j--) list[j + 1] = list[j]
        list[j + 1] = kept
      }
    }
    # Quantile between neighbours, so that two pairs have a median, too.
    function at(list, count, part,   place, low) {
      place = 1 + (count - 1) * part
      low = int(place)
      return low >= count ? list[count] : list[low] + (place - low) * (list[low + 1] - list[low])
    }
    { ours[NR] = $1; theirs[NR] = $2; ratio[NR] = tick($1) / tick($2) }
    END {
      sorted(ratio, NR); sorted(ours, NR); sorted(theirs, NR)
      printf "%.2f (%.2f-%.2f)|%.3f : %.3f s", at(ratio, NR, 0.5), at(ratio, NR, 0.25), at(ratio, NR, 0.75),
        at(ours, NR, 0.5), at(theirs, NR, 0.5)
    }'
}

row() {
  printf '%-32s %-20s %-20s %-20s %-20s %s\n' "$1" "${2%|*}" "${2#*|}" "${3%|*}" "${3#*|}" "$4 : $5 MB"
}

# A busy machine shows in wide quartiles and in elapsed times far beyond CPU times.
files=$(find "$tree" -type f | wc -l)
bytes=$(find "$tree" -type f -exec cat {} + | wc -c)
printf '%s: %d files, %d kB; %d pairs; %d processors; load %s\n' "$given" "$files" $((bytes / 1024)) "$rounds" \
  "$(getconf _NPROCESSORS_ONLN)" "$(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo '?')"
for program in "$trueup" kingfisher rg detect-secrets; do
  if command -v "$program" >/dev/null 2>&1; then printf '  %s\n' "$("$program" --version 2>/dev/null | head -1)"; fi
done
echo 'ratios are trueup : other, median of pairs (quartiles); below 1 trueup takes less'
printf '%-32s %-20s %-20s %-20s %-20s %s\n' '' 'CPU ratio' 'CPU' 'elapsed ratio' 'elapsed' 'peak memory'

scan=(scan --no-config --no-ignore --quiet)
kingfisher=(kingfisher scan --no-validate --git-history none --no-update-check --no-extract-archives
  --rule-cache-dir "$work/rules" --quiet)
nothing=(rg --no-ignore --hidden --no-messages 'no such text \d{40}')
found="0 200 205"

compare "secrets : kingfisher" "$found" "${scan[@]}" --only secrets "$tree" -- "${kingfisher[@]}" "$tree"
compare "secrets : detect-secrets" "0" "${scan[@]}" --only secrets "$tree" -- detect-secrets -C "$tree" scan --all-files
compare "secrets : rg, no match" "1" "${scan[@]}" --only secrets "$tree" -- "${nothing[@]}" "$tree"
compare "all families : rg, no match" "1" "${scan[@]}" "$tree" -- "${nothing[@]}" "$tree"
compare "all families : kingfisher" "$found" "${scan[@]}" "$tree" -- "${kingfisher[@]}" "$tree"
compare "one file, secrets : kingfisher" "$found" "${scan[@]}" --only secrets "$one" -- "${kingfisher[@]}" "$one"
compare "one file, all : kingfisher" "$found" "${scan[@]}" "$one" -- "${kingfisher[@]}" "$one"
compare "one file, all : rg, no match" "1" "${scan[@]}" "$one" -- "${nothing[@]}" "$one"
