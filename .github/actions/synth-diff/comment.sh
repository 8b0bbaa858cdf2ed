#!/usr/bin/env bash
# Shows the report: as one comment that later runs edit, or in the job summary if the token is not allowed to comment.
set -euo pipefail

if ! test -s "${REPORT:-}"; then
  echo "no report to show"
  exit 0
fi

summary() {
  cat "$REPORT" >>"$GITHUB_STEP_SUMMARY"
  echo "::notice title=synth diff::$1; see the report in the job summary"
  exit 0
}

test -n "${PULL_REQUEST:-}" || summary "this is not a pull request"

comments=repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments
# shellcheck disable=SC2016 # $ENV is jq's.
mine='.[] | select(.user.login == $ENV.AUTHOR and (.body | startswith("<!-- synth-diff -->"))) | .id'
found=$(gh api --paginate "$comments?per_page=100" --jq "$mine") || summary "cannot read the comments"
id=$(head -n 1 <<<"$found")

if test -n "$id"; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$REPORT" \
    || summary "the token is not allowed to edit comments, as on a pull request from a fork"
elif test "${CHANGED:-true}" = true; then
  gh api --silent --method POST "$comments" --field "body=@$REPORT" \
    || summary "the token is not allowed to write comments, as on a pull request from a fork"
else
  echo "no changes to what is deployed, so no comment"
fi
