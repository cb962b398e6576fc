// SPDX-License-Identifier: Apache-2.0
// Linked into every program that is built with the thread sanitizer, so that processes which squall
// starts have it too. Debian's libzmq is not instrumented: its internal synchronisation is
// invisible to the sanitizer, which reports it as races.
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return "race:libzmq.so.5\n"
         "called_from_lib:libzmq.so.5\n";
}
