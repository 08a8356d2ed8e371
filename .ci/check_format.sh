#!/usr/bin/env bash
# No tab, no trailing blank, a newline at the end, at most 140 columns of C++; and clang-format, once there is a .clang-format.
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

complaints=0
complain() { if [[ -n $2 ]]; then printf '%s\n' "$2" | sed "s|\$|: $1|"; complaints=$((complaints + $(printf '%s\n' "$2" | wc -l))); fi; }

mapfile -d '' cpp < <(find schemas state topology stream tests -type f \( -name '*.cc' -o -name '*.h' \) -print0 2>/dev/null | sort -z)
mapfile -d '' text < <(find .ci deploy schemas state topology stream tests -type f \( -name '*.cc' -o -name '*.h' -o -name '*.py' \
  -o -name '*.sh' -o -name 'CMakeLists.txt' -o -path .ci/run \) -print0 2>/dev/null | sort -z)

if ((${#text[@]})); then
  complain "a tab" "$(grep -nPo '^[^\t]*\K\t' -- /dev/null "${text[@]}" | tr -d '\t' | sed 's/:$//' || true)"
  complain "a blank at the end of the line" "$(grep -nPo '\s+$' -- /dev/null "${text[@]}" | sed 's/:\s*$//' || true)"
  complain "no newline at the end of the file" "$(for file in "${text[@]}"; do [[ -s $file && -n $(tail -c 1 "$file") ]] && echo "$file"; done || true)"
fi
if ((${#cpp[@]})); then
  complain "more than 140 columns" "$(LC_ALL=C.UTF-8 awk 'length($0) > 140 {print FILENAME ":" FNR}' "${cpp[@]}")"
  if [[ -e .clang-format ]] && command -v clang-format >/dev/null; then
    complain "clang-format would change it" "$(for file in "${cpp[@]}"; do clang-format --dry-run -Werror "$file" 2>/dev/null || echo "$file"; done)"
  fi
fi
echo "format: ${#text[@]} files, $complaints complaints"
((complaints == 0))
