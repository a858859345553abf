// Tells ThreadSanitizer of the Mutex that had to wait: its slow path lies in a library that is not instrumented, so
// that all a contended lock guards would look like a race. Preloaded by scripts/sanitize; never part of the program.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

void __tsan_acquire(void *address);

typedef __attribute__((swiftcall)) void (*LockSlow)(uint32_t, __attribute__((swift_context)) void *);

// Synchronization._MutexHandle._lockSlow(UInt32); the unlocking half is inlined where it is used, and seen.
__attribute__((swiftcall)) void lock_slow(uint32_t thread, __attribute__((swift_context)) void *handle) __asm__(
    "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

__attribute__((swiftcall)) void lock_slow(uint32_t thread, __attribute__((swift_context)) void *handle) {
  static LockSlow real;
  if (!real) real = (LockSlow)dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
  real(thread, handle);
  __tsan_acquire(handle);
}
