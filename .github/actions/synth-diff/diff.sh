#!/usr/bin/env bash
# Writes the report of `synth diff` as Markdown; outputs its path and the exit status for the next steps. Reads the pull
# request's files, and runs none of them.
set -euo pipefail

# In the checkout, the pull request decides what is there. No program is looked up in it; until then, only bash works.
checkout=$(pwd -P)
while test -n "$checkout" && ! test -e "$checkout/.git"; do checkout=${checkout%/*}; done
test -n "$checkout" || { echo "error: $PWD is not in a git repository; check it out first" >&2; exit 2; }
IFS=: read -ra folders <<<"$PATH"
PATH=
for folder in "${folders[@]}"; do
  folder=$(cd -P -- "$folder" 2>/dev/null && pwd -P) || continue
  case $folder/ in "$checkout"/*) ;; *) PATH=$PATH${PATH:+:}$folder ;; esac
done
is_inside() {
  case $(realpath --canonicalize-missing "$1")/ in "$checkout"/*) return 0 ;; *) return 1 ;; esac
}

# GitHub checks out the merge of both sides, so the base is its first parent. A merge of somebody else's may have any parent.
merged=
if git rev-parse --quiet --verify 'HEAD^2' >/dev/null && test "${GITHUB_SHA:-$(git rev-parse HEAD)}" = "$(git rev-parse HEAD)"; then
  merged=$(git rev-parse 'HEAD^1')
elif test -n "${BASE_SHA:-}"; then
  git cat-file -e "$BASE_SHA^{commit}" 2>/dev/null || git fetch --quiet --depth=1 origin "$BASE_SHA"
fi

# The synth from the input, the one on PATH, or a build: of this action's repository, or of the base if that is the checkout.
synth=${SYNTH:-}
if test -n "$synth" && is_inside "$synth"; then
  echo "error: \`$synth\` is in the checkout, so the pull request could replace it; install synth elsewhere" >&2
  exit 2
elif test -z "$synth"; then
  synth=$(type -P synth || true)
fi
if test -z "$synth"; then
  sources=$(realpath "$GITHUB_ACTION_PATH/../../..")
  trusted=${merged:-${BASE_SHA:-}}
  if is_inside "$sources" && test -n "$trusted"; then
    sources=$(mktemp --directory "$RUNNER_TEMP/synth-base.XXXXXX")
    git -c core.hooksPath=/dev/null worktree add --quiet --force --detach "$sources" "$trusted"
  fi
  echo "building synth from $sources" >&2
  # Cargo and rustup look for settings in the working directory and above it, and in the environment.
  if test -n "${CARGO_HOME:-}" && is_inside "$CARGO_HOME"; then unset CARGO_HOME; fi
  unset RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER CARGO_BUILD_RUSTC CARGO_BUILD_RUSTC_WRAPPER \
    CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER
  (cd "$sources" && cargo build --quiet --locked --release --package synth --target-dir "$RUNNER_TEMP/synth")
  synth=$RUNNER_TEMP/synth/release/synth
fi

# In other checkouts, or shallow ones, the merge base is used if it is known.
base=${BASE:-$merged}
if test -z "$base" && test -n "${BASE_SHA:-}"; then
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
