#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage, from the root of the sources: run.sh BUILD_DIR
# Builds the preset fuzz there and has each target search for a minute.
set -eu
cmake --preset fuzz -B "$1"
cmake --build "$1" --target fuzz
ctest --test-dir "$1" -C all -R '^fuzz_' --output-on-failure --no-tests=error --parallel 2
