#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage, from the root of the sources: clang_format.sh
# Fails with file:line for each place that clang-format would change. Other versions than 14 format
# differently; without it the check is skipped (77), but not where CI is set.
set -eu
format=$(command -v clang-format-14 || command -v clang-format || true)
case $("${format:-false}" --version || true) in
  *" version 14."*) ;;
  *)
    echo "clang-format 14 is not installed: apt-get install clang-format"
    [ -z "${CI:-}" ] || exit 1
    exit 77
    ;;
esac
files=$(find raft proxy node orchestrator tests -name '*.h' -o -name '*.cpp')
[ -n "$files" ]
# shellcheck disable=SC2086  # no name has a space: the style test sees to it
"$format" --dry-run --Werror $files
