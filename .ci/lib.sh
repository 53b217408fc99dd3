# What .ci/run and .ci/full share. To be sourced by bash at the top of the repository.
cache=$PWD/.ci/.cache
work=$(mktemp -d)
export GOBIN=$cache/bin
# Tests that read recorded artifacts find them beside the repository.
if [ -d ../shared/corpus ]; then export FRESHET_CORPUS="$PWD/../shared/corpus"; fi
if [ -f ../shared/peers/dbt-openapi-v2.yaml ]; then export FRESHET_DBT_OPENAPI="$PWD/../shared/peers/dbt-openapi-v2.yaml"; fi
if [ -f ../shared/peers/looker.4.0.oas.json ]; then export FRESHET_LOOKER_OPENAPI="$PWD/../shared/peers/looker.4.0.oas.json"; fi
told=() failed=0
trap 'rm -rf "$work"' EXIT

# step NAME COMMAND... runs a command that stops at its first error, and remembers how it went.
step() {
  local name=$1 began=$SECONDS status word=ok
  shift
  printf '\n== %s\n' "$name"
  set +e
  (
    trap - EXIT
    set -e
    "$@"
  )
  status=$?
  set -e
  if [ "$status" != 0 ]; then word=FAIL failed=$((failed + 1)); fi
  told+=("$(printf '%-4s %s (%d s)' "$word" "$name" $((SECONDS - began)))")
}

# conclude prints a line a step, and ends with 1 if one of them failed.
conclude() {
  printf '\n== what passed, and what did not\n'
  printf '%s\n' "${told[@]}"
  if [ "$failed" != 0 ]; then
    echo "$failed of ${#told[@]} steps failed"
    exit 1
  fi
  echo "all ${#told[@]} steps passed"
}

# packages COMMAND PACKAGE... installs Debian's packages if the command is not there.
packages() {
  if ! command -v "$1" >/dev/null; then install_packages "${@:2}"; fi
}

# install_packages installs Debian's packages.
install_packages() {
  local sudo=''
  if [ "$(id -u)" != 0 ]; then sudo=sudo; fi
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null </dev/null
}

# browser_tools fetches a browser, the fonts that it draws with, and what drives it.
browser_tools() {
  packages chromium chromium fonts-dejavu-core
  packages npm nodejs npm
  if grep -q '"resolved"' .ci/browser/package-lock.json; then
    echo 'package-lock.json names where packages lie: npm install --omit-lockfile-registry-resolved'
    return 1
  fi
  (cd .ci/browser && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
}

# peer TABLES visits a server that speaks Snowflake's protocol, with so many tables. It collects garbage as often as
# freshet does (garbagePercent in cmd/freshet/main.go).
# Its recipe is expected beside the repository, in ../shared/peers/fakesnow.
peer() {
  if [ ! -d ../shared/peers/fakesnow ]; then
    echo 'skipped: there is no ../shared/peers/fakesnow'
    return
  fi
  packages python3 python3
  if ! python3 -c 'import ensurepip' 2>/dev/null; then install_packages python3-venv; fi
  cp -r ../shared/peers/fakesnow "$work/fakesnow"
  chmod -R u+w "$work/fakesnow"
  local pid port
  read -r pid port < <(FAKESNOW_VENV=$work/fakesnow/venv FAKESNOW_LOG=$work/fakesnow.log "$work/fakesnow/start.sh" --seed)
  trap "kill $pid" EXIT
  GOGC=50 FRESHET_SNOWFLAKE=$port FRESHET_SNOWFLAKE_TABLES=$1 go test -count=1 -v -run TestPeer ./sources/snowflake | tee "$work/peer.log"
  grep -q -- '^--- PASS: TestPeer' "$work/peer.log"
}

# demo builds the demo of site.toml, always at the same moment, in a copy of this tree.
demo() {
  mkdir -p "$work/demo"
  tar --anchored --exclude=./.git --exclude=./.ci --exclude=./history --exclude=./public --exclude=./target --exclude=./assets/charts/node_modules -cf - . | tar -xf - -C "$work/demo"
  go run ./cmd/freshet run --config "$work/demo/site.toml" --now 2026-08-22T12:00:00Z
}
