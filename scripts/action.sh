#!/usr/bin/env bash
# The one step of action.yml. Inputs come as variables: nothing of them is ever part of a script.
set -euo pipefail
# A name may hold a star: it is no pattern of files.
set -f

pgaccord() {
  if [ -n "${PGACCORD_VERSION:-}" ]; then
    npx --yes "pgaccord@$PGACCORD_VERSION" "$@"
    return
  fi
  if [ ! -f "$GITHUB_ACTION_PATH/dist/main.js" ]; then
    # Without the test servers of the workspace.
    (cd "$GITHUB_ACTION_PATH" && npm ci --workspaces=false --ignore-scripts && node scripts/build.mjs) >&2
  fi
  node "$GITHUB_ACTION_PATH/dist/main.js" "$@"
}

options=(--file "$PGACCORD_FILE")
if [ -n "${PGACCORD_ENVIRONMENT:-}" ]; then options+=(--environment "$PGACCORD_ENVIRONMENT"); fi
for address in ${PGACCORD_ADDRESS:-}; do options+=(--address "$address"); done

case "$PGACCORD_COMMAND" in
  plan | drift)
    pgaccord github "$PGACCORD_COMMAND" "${options[@]}"
    ;;
  apply)
    if [ -n "${PGACCORD_DIGEST:-}" ]; then options+=(--digest "$PGACCORD_DIGEST"); fi
    for code in ${PGACCORD_ALLOW:-}; do options+=(--allow "$code"); done
    pgaccord github apply "${options[@]}"
    ;;
  validate)
    # What is wrong with the file is in the result: this step does not fail for it.
    pgaccord validate --file "$PGACCORD_FILE" --format json >"$PGACCORD_RESULT" || test -s "$PGACCORD_RESULT"
    ;;
  post)
    pgaccord github post "$PGACCORD_RESULT" "${options[@]}"
    ;;
  *)
    echo "Unknown command: it is plan, apply, drift, validate or post." >&2
    exit 1
    ;;
esac
