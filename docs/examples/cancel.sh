#!/bin/sh
# Cancels a VMware Cloud on AWS task through vmc-cancel, over Temporal's HTTP API, and waits for the verdict.
# By the contract alone (docs/contract.md, docs/http.md). Needs curl and jq.
#
#     sh cancel.sh ORG TASK                                             prints the result as JSON
#     sh cancel.sh ORG TASK '{"deadline": "6h", "reason": "mistake"}'   with further fields of the input
#
# A second call for the same task joins the cancellation that runs, whose input stays.
# Environment: TEMPORAL_HTTP_URL (http://127.0.0.1:7243), TEMPORAL_NAMESPACE (default),
# VMC_CANCEL_TASK_QUEUE (vmc-cancel).
# Exit codes: 0 CANCELED, 10 FINISHED, 11 FAILED, 12 NOT_CANCELABLE, 13 DEADLINE_EXCEEDED, 14 ABANDONED,
# 1 no verdict, 2 usage.
set -eu
LC_ALL=C
# Loopback is never reached through a proxy.
no_proxy="localhost,127.0.0.1,::1,${no_proxy:-${NO_PROXY:-}}"
export LC_ALL no_proxy

die() { # EXIT_CODE MESSAGE
  printf '%s\n' "$2" >&2
  exit "$1"
}

# Nothing that could change a URL's path.
check_id() { # NAME VALUE
  case $2 in
    '' | . | .. | *[!A-Za-z0-9._-]*) die 2 "$1 must be 1 to 128 of A-Z a-z 0-9 . _ - and not . or .." ;;
  esac
  [ "${#2}" -le 128 ] || die 2 "$1 must be at most 128 characters"
}

# A UUID is one id in either case: one task has one workflow id.
canonical() { # ID
  if printf '%s\n' "$1" | grep -Eiqx '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'; then
    printf '%s\n' "$1" | tr 'A-F' 'a-f'
  else
    printf '%s\n' "$1"
  fi
}

# Sets `status` to the HTTP status and `body` to the answer. Fails where there is no answer.
call() { # PATH [BODY]
  if [ $# -gt 1 ]; then
    answer=$(printf '%s' "$2" | curl -sS --connect-timeout 5 --max-time 60 -w '\n%{http_code}' \
      -H 'content-type: application/json' --data-binary @- "$api$1")
  else
    answer=$(curl -sS --connect-timeout 5 --max-time 60 -w '\n%{http_code}' "$api$1")
  fi || return 1
  status=${answer##*
}
  body=${answer%?"$status"}
}

# A field of the answer; empty where it is null or the answer is not JSON. A terminal gets no control characters.
field() { # FILTER
  printf '%s' "$body" | jq -r "$plain $1 // empty | tostring | plain" 2>/dev/null || :
}
plain='def plain: explode | map(if . < 32 or (. > 126 and . < 160) then 32 else . end) | implode;'

refused() {
  reason=$(field .message)
  die 1 "Temporal at $url answered HTTP $status${reason:+: $reason}"
}

[ $# -eq 2 ] || [ $# -eq 3 ] || die 2 "usage: sh cancel.sh ORG TASK ['{\"deadline\": \"6h\"}']"
for tool in curl jq; do
  command -v "$tool" >/dev/null || die 1 "$tool is needed: install it"
done
namespace=${TEMPORAL_NAMESPACE:-default}
check_id ORG "$1"
check_id TASK "$2"
check_id TEMPORAL_NAMESPACE "$namespace"
org=$(canonical "$1")
task=$(canonical "$2")
options=${3:-'{}'}
printf '%s' "$options" | jq -es 'length == 1 and (.[0] | type == "object")' >/dev/null 2>&1 ||
  die 2 'the third argument must be a JSON object, such as {"deadline": "6h"}'

url=${TEMPORAL_HTTP_URL:-http://127.0.0.1:7243}
url=${url%/}
id=vmc-cancel:$org:$task
api=$url/api/v1/namespaces/$namespace/workflows/$id

start=$(printf '%s' "$options" | jq -c --arg org "$org" --arg task "$task" \
  --arg queue "${VMC_CANCEL_TASK_QUEUE:-vmc-cancel}" '{
    workflowType: {name: "cancelTask"},
    taskQueue: {name: $queue},
    input: [. + {orgId: $org, taskId: $task}],
    userMetadata: {summary: "Cancel task \($task) in org \($org)"[:200]},
    workflowIdConflictPolicy: "WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING"
  }')
call '' "$start" || die 1 "Temporal cannot be reached at $url"
[ "$status" = 200 ] || refused
run=$(field .runId)
[ -n "$run" ] || die 1 "What answers at $url is not Temporal's HTTP API"
[ "$(field .started)" = true ] && how=started || how=joined
echo "$how $id, waiting for its verdict" >&2

# The run that continues this one, if any: after a reset, or as a new run of a long history.
next_run() {
  next=$(printf '%s' "$event" | jq -r '.workflowExecutionContinuedAsNewEventAttributes.newExecutionRunId // empty')
  [ -z "$next" ] || return 0
  call "?execution.runId=$run" && [ "$status" = 200 ] || return 0
  chain=$(field .workflowExecutionInfo.firstRunId)
  next=$(field .workflowExtendedInfo.resetRunId)
  [ -z "$next" ] || return 0
  call '' && [ "$status" = 200 ] && [ "$(field .workflowExecutionInfo.firstRunId)" = "$chain" ] || return 0
  next=$(field .workflowExecutionInfo.execution.runId)
  [ "$next" != "$run" ] || next=
}

away=
while :; do
  # The server answers after 20 s at most: with the event that ended the run, or with none.
  if call "/history?execution.runId=$run&historyEventFilterType=2&waitNewEvent=true" 2>/dev/null; then
    case $status in
      200) away= ;;
      429 | 5??) : ;;
      *) refused ;;
    esac
  else
    status=none
  fi
  if [ "$status" != 200 ]; then
    [ -n "$away" ] || echo "waiting: Temporal cannot be reached at $url ($status)" >&2
    away=yes
    sleep 2
    continue
  fi
  event=$(printf '%s' "$body" | jq -c '.history.events[-1]? // empty')
  [ -n "$event" ] || continue
  result=$(printf '%s' "$event" | jq '.workflowExecutionCompletedEventAttributes.result[0]? // empty')
  [ -z "$result" ] || break
  next_run
  [ -n "$next" ] || die 1 "$(printf '%s' "$event" | jq -r "$plain"'
    .workflowExecutionFailedEventAttributes.failure as $failure
    | if $failure then "\($failure.applicationFailureInfo.type // "Failure"): \($failure.message)" | plain
      else "the run ended without a verdict: \(.eventType)" end')"
  run=$next
done

printf '%s\n' "$result"
case $(printf '%s' "$result" | jq -r .outcome) in
  CANCELED) exit 0 ;;
  FINISHED) exit 10 ;;
  FAILED) exit 11 ;;
  NOT_CANCELABLE) exit 12 ;;
  DEADLINE_EXCEEDED) exit 13 ;;
  ABANDONED) exit 14 ;;
  *) die 1 'the run ended with an outcome that this script does not know' ;;
esac
