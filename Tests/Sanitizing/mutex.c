// Tells ThreadSanitizer of a Mutex that somebody had to wait for: both slow paths lie in a library that is not
// instrumented, so that all a contended lock guards would look like a race. The quick paths are inlined where they are
// used, and seen. Preloaded by scripts/sanitize; never part of the program.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// Synchronization._MutexHandle._lockSlow(UInt32) and _unlockSlow(), swift/stdlib/public/Synchronization/Mutex/LinuxImpl.swift
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

void __tsan_acquire(void *address);
void __tsan_release(void *address);

typedef __attribute__((swiftcall)) void (*LockSlow)(uint32_t, __attribute__((swift_context)) void *);
typedef __attribute__((swiftcall)) void (*UnlockSlow)(__attribute__((swift_context)) void *);

__attribute__((swiftcall)) void lock_slow(uint32_t, __attribute__((swift_context)) void *) __asm__(LOCK_SLOW);
__attribute__((swiftcall)) void unlock_slow(__attribute__((swift_context)) void *) __asm__(UNLOCK_SLOW);

__attribute__((swiftcall)) void lock_slow(uint32_t thread, __attribute__((swift_context)) void *handle) {
  static LockSlow real;
  if (!real) real = (LockSlow)dlsym(RTLD_NEXT, LOCK_SLOW);
  real(thread, handle);
  __tsan_acquire(handle);
}

__attribute__((swiftcall)) void unlock_slow(__attribute__((swift_context)) void *handle) {
  static UnlockSlow real;
  if (!real) real = (UnlockSlow)dlsym(RTLD_NEXT, UNLOCK_SLOW);
  __tsan_release(handle);
  real(handle);
}
