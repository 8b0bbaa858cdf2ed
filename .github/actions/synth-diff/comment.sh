#!/usr/bin/env bash
# Shows the report as one comment, which is edited when it changes, or in the summary if the token may not write comments.
set -euo pipefail

if ! test -s "${REPORT:-}"; then
  echo "no report to show"
  exit 0
fi

summary() {
  cat "$REPORT" >>"$GITHUB_STEP_SUMMARY"
  echo "::notice title=synth diff::$1; the report is in the summary of this run"
  exit 0
}

test -n "${PULL_REQUEST:-}" || summary "not a pull request"

comments=repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments
# shellcheck disable=SC2016 # $ENV is jq's.
mine='.[] | select(.user.login == $ENV.AUTHOR and (.body | startswith("<!-- synth-diff -->"))) | .id'
found=$(gh api --paginate "$comments?per_page=100" --jq "$mine") || summary "the comments cannot be read"
id=$(head -n 1 <<<"$found")

if test -n "$id"; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$REPORT" \
    || summary "the token may not edit comments, as on a pull request from a fork"
elif test "${CHANGED:-true}" = true; then
  gh api --silent --method POST "$comments" --field "body=@$REPORT" \
    || summary "the token may not write comments, as on a pull request from a fork"
else
  echo "nothing that is deployed changes, so no comment is needed"
fi
