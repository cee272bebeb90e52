#!/bin/sh
# Creates the namespace where it is missing. A server that is not ready yet is an error: whoever runs this tries again.
set -eu

: "${TEMPORAL_NAMESPACE:?is not set}"
temporal operator cluster health
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "${NAMESPACE_RETENTION:-30d}"
