#!/usr/bin/env bash
# The one step of action.yml. Inputs come as variables: nothing of them is ever part of a script. It runs in a checkout of what somebody
# proposes, which is data: nothing of it is run, and nothing of it says what is run. Earlier steps of a job can change what later ones
# find: use none that run what is proposed.
set -euo pipefail
# A name may hold a star: it is no pattern of files.
set -f

fail() {
  echo "$1" >&2
  exit 1
}

# Options of node and npm, whoever set them.
unset NODE_OPTIONS NODE_PATH NODE_COMPILE_CACHE NODE_REPL_EXTERNAL_MODULE
shopt -s nocasematch
for name in $(compgen -e); do case "$name" in npm_*) unset "$name" ;; esac; done
shopt -u nocasematch

# Programs of the machine alone: no relative folder, none in the checkout.
path=""
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}"; do
  case "$folder/" in
    "$PWD"/* | "${GITHUB_WORKSPACE:-$PWD}"/*) ;;
    /*) path="$path${path:+:}$folder" ;;
  esac
done
export PATH="$path"

clean="$(mktemp -d "${RUNNER_TEMP:-/tmp}/pgaccord.XXXXXXXX")"
trap 'rm -rf "$clean"' EXIT

# npm, away from every .npmrc: its own defaults, and what stands here. A proxy comes by its usual variables.
npm_alone() {
  touch "$clean/user.npmrc" "$clean/global.npmrc"
  npm "$@" --userconfig "$clean/user.npmrc" --globalconfig "$clean/global.npmrc" --cache "$clean/cache" \
    --ignore-scripts --no-audit --no-fund --no-update-notifier
}

registry() {
  local url="${PGACCORD_REGISTRY:-}"
  if [ -z "$url" ]; then url="$(cd "$clean" && npm_alone config get registry)"; fi
  case "$url" in
    https://* | http://127.0.0.1:* | http://localhost:*) echo "$url" ;;
    *) fail "The registry must be an https:// address." ;;
  esac
}

# The package of a version, as the registry has it: npm checks its hash, and its scripts are not run.
install_version() {
  local version="$1" url
  [[ "$version" =~ ^[0-9A-Za-z][0-9A-Za-z.+-]*$ ]] || fail "version must be a version of the npm package, such as 0.1.0."
  url="$(registry)"
  (cd "$clean" && npm_alone install --prefix "$clean" --registry "$url" --omit=dev --no-save --no-package-lock "pgaccord@$version") >&2
  main="$clean/node_modules/pgaccord/dist/main.js"
}

# This checkout of the action, by its own lock file, without the test servers of the workspace.
build_checkout() {
  main="$GITHUB_ACTION_PATH/dist/main.js"
  if [ -f "$main" ]; then return; fi
  local url
  url="$(registry)"
  (cd "$GITHUB_ACTION_PATH" && npm_alone ci --prefix "$GITHUB_ACTION_PATH" --registry "$url" --workspaces=false && node scripts/build.mjs) >&2
}

if [ -n "${PGACCORD_VERSION:-}" ]; then install_version "$PGACCORD_VERSION"; else build_checkout; fi

pgaccord() {
  node "$main" "$@"
}

options=(--file "$PGACCORD_FILE")
if [ -n "${PGACCORD_ENVIRONMENT:-}" ]; then options+=(--environment "$PGACCORD_ENVIRONMENT"); fi
for address in ${PGACCORD_ADDRESS:-}; do options+=(--address "$address"); done

case "$PGACCORD_COMMAND" in
  plan | drift)
    if [ "$PGACCORD_COMMAND" = plan ] && [ -n "${PGACCORD_EVIDENCE:-}" ]; then options+=(--evidence "$PGACCORD_EVIDENCE"); fi
    pgaccord github "$PGACCORD_COMMAND" "${options[@]}"
    ;;
  apply)
    if [ -n "${PGACCORD_DIGEST:-}" ]; then options+=(--digest "$PGACCORD_DIGEST"); fi
    for code in ${PGACCORD_ALLOW:-}; do options+=(--allow "$code"); done
    pgaccord github apply "${options[@]}"
    ;;
  review)
    if [ -n "${PGACCORD_SINCE:-}" ]; then options+=(--since "$PGACCORD_SINCE"); fi
    if [ -n "${PGACCORD_EVIDENCE:-}" ]; then options+=(--evidence "$PGACCORD_EVIDENCE"); fi
    pgaccord github review "${options[@]}"
    ;;
  validate)
    # The checkout may hold a link of that name.
    rm -f -- "$PGACCORD_RESULT"
    # What is wrong with the file is in the result: this step does not fail for it.
    pgaccord validate --file "$PGACCORD_FILE" --format json >"$PGACCORD_RESULT" || test -s "$PGACCORD_RESULT"
    ;;
  post)
    pgaccord github post "$PGACCORD_RESULT" "${options[@]}"
    ;;
  *)
    fail "Unknown command: it is plan, apply, drift, review, validate or post."
    ;;
esac
