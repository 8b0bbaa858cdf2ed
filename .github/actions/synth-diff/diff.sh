#!/usr/bin/env bash
# Writes the report of `synth diff` as Markdown, and passes its path and the exit status on to the next steps.
set -euo pipefail

# The given synth, the one on the path, or one built from this action's repository.
synth=${SYNTH:-$(command -v synth || true)}
if test -z "$synth"; then
  sources=$(cd "$GITHUB_ACTION_PATH/../../.." && pwd)
  echo "building synth from $sources" >&2
  cargo build --quiet --release --package synth --manifest-path "$sources/Cargo.toml" --target-dir "$RUNNER_TEMP/synth"
  synth=$RUNNER_TEMP/synth/release/synth
fi

# GitHub checks out a merge commit, whose first parent is the branch to merge into. With any other checkout, or a single
# commit, the best base is the commit where the branch began.
base=${BASE:-}
if test -z "$base" && git rev-parse --quiet --verify 'HEAD^2' >/dev/null; then
  base=$(git rev-parse 'HEAD^1')
elif test -z "$base" && test -n "${BASE_SHA:-}"; then
  git cat-file -e "$BASE_SHA^{commit}" 2>/dev/null || git fetch --quiet --depth=1 origin "$BASE_SHA"
  base=$(git merge-base "$BASE_SHA" HEAD 2>/dev/null || echo "$BASE_SHA")
fi

report=$RUNNER_TEMP/synth-diff.md
status=0
"$synth" diff --format markdown ${FAIL_ON:+--fail-on "$FAIL_ON"} -- ${base:+"$base"} >"$report" || status=$?
# For refused input there is only the log above, with the findings.
changed=false
if test -s "$report" && ! "$synth" diff --exit-code --format json -- ${base:+"$base"} >/dev/null 2>&1; then
  changed=true
fi
{
  echo "report=$report"
  echo "changed=$changed"
  echo "status=$status"
} >>"$GITHUB_OUTPUT"
