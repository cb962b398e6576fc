#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage, from the root of the sources: run.sh PRESET BUILD_DIR
set -eu
cmake --preset "$1" -B "$2"
cmake --build "$2"
ctest --test-dir "$2" --output-on-failure --no-tests=error --parallel 2
