#!/usr/bin/env bash
# Writes the report of `synth diff` as Markdown; outputs its path and the exit status for the next steps.
set -euo pipefail

# The synth from the input, the one on PATH, or a build from this action's repository.
synth=${SYNTH:-$(command -v synth || true)}
if test -z "$synth"; then
  sources=$(cd "$GITHUB_ACTION_PATH/../../.." && pwd)
  echo "building synth from $sources" >&2
  cargo build --quiet --release --package synth --manifest-path "$sources/Cargo.toml" --target-dir "$RUNNER_TEMP/synth"
  synth=$RUNNER_TEMP/synth/release/synth
fi

# GitHub checks out the merge of both sides, so the base is its first parent. In other checkouts, or shallow ones, use the
# merge base if it is known.
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
# Input with errors has no report; its findings are in the log above.
changed=false
if test -s "$report" && ! "$synth" diff --exit-code --format json -- ${base:+"$base"} >/dev/null 2>&1; then
  changed=true
fi
{
  echo "report=$report"
  echo "changed=$changed"
  echo "status=$status"
} >>"$GITHUB_OUTPUT"
