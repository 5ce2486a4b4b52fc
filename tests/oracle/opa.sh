#!/bin/sh
# What stock OPA makes of our policies.
#
#   opa.sh [-e] [-n NAMESPACE] OPA INPUT.json [POLICIES]
#
# OPA: the binary (1.x). INPUT.json: the `input` that assize evaluated.
# POLICIES: default `policies`. NAMESPACE: packages below it are rules, default
# `gates.deploy`.
#
# First `opa check --strict` and `opa test` over POLICIES, unless -e. Then every head of
# every rule, one line each on standard output, sorted by byte:
#
#   package head value
#
# where value is the set as a canonical JSON array (members sorted, keys sorted,
# no blanks). A head that a rule does not have prints no line. Builtin errors are
# errors, as they are in assize.
#
# Exit: 0 printed; 1 the policies do not load, fail their tests or raise an
# error; 2 usage, or opa or jq is not there.
set -eu
LC_ALL=C
export LC_ALL

namespace=gates.deploy
evaluate_only=no
if [ "${1:-}" = -e ]; then
  evaluate_only=yes
  shift
fi
if [ "${1:-}" = -n ]; then
  namespace=${2:?usage: opa.sh [-e] [-n NAMESPACE] OPA INPUT.json [POLICIES]}
  shift 2
fi
if [ $# -lt 2 ]; then
  echo 'usage: opa.sh [-e] [-n NAMESPACE] OPA INPUT.json [POLICIES]' >&2
  exit 2
fi
opa=$1
input=$2
policies=${3:-policies}
for tool in "$opa" jq; do
  command -v "$tool" >/dev/null || { echo "opa.sh: \`$tool\` is not there" >&2; exit 2; }
done

if [ "$evaluate_only" = no ]; then
  "$opa" check --strict "$policies" >&2 || exit 1
  "$opa" test "$policies" >&2 || exit 1
fi

# The packages as OPA itself lists them, tests left out.
packages=$("$opa" inspect --format json "$policies" |
  jq -r --arg ns "data.$namespace." '.namespaces | keys[]
    | select(startswith($ns)) | select(endswith("_test") | not)
    | ltrimstr("data.")' | sort)
[ -n "$packages" ] || { echo "opa.sh: no rule below \`$namespace\`" >&2; exit 1; }

# All of them in one evaluation. `--strict-builtin-errors` because an error that
# turns into "undefined" would read as "nothing found".
result=$(mktemp)
trap 'rm -f "$result"' EXIT
if ! "$opa" eval --bundle "$policies" --ignore '*_test.rego' --input "$input" --format json \
  --strict-builtin-errors "data.$namespace" >"$result"; then
  jq -r '.errors[]?.message' "$result" >&2
  echo "opa.sh: a rule below \`$namespace\` raised an error" >&2
  exit 1
fi
for package in $packages; do
  jq -cS --arg package "$package" --arg ns "$namespace" -r '
    ($package[($ns | length) + 1:] / ".") as $path
    | (.result[0].expressions[0].value | getpath($path) // {}) as $value
    | "deny", "violation", "warn", "inconclusive", "not_applicable", "trigger", "rollback", "hold",
      "reading"
    | . as $head
    | select($value | has($head))
    | "\($package) \($head) \($value[$head] | sort | tojson)"' "$result"
done | sort
