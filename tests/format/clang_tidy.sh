#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage, from the root of the sources: clang_tidy.sh BUILD_DIR
# Runs clang-tidy on the programs' sources, as compile_commands.json of the build compiles them.
set -eu
run=$(command -v run-clang-tidy-14 || command -v run-clang-tidy) || {
  echo "run-clang-tidy is not installed: apt-get install clang-tidy"
  exit 1
}
grep -q "\"$PWD/raft/" "$1/compile_commands.json" || {
  echo "$1/compile_commands.json compiles nothing of $PWD"
  exit 1
}
exec "$run" -quiet -p "$1" -j "$(nproc)" -extra-arg=-Wno-unknown-warning-option \
  "^$PWD/(raft|proxy|node|orchestrator)/"
