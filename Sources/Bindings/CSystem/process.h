// Processes: what only a GNU header declares, and calls whose errno must be read at once.
#ifndef LUTHIER_CSYSTEM_PROCESS_H
#define LUTHIER_CSYSTEM_PROCESS_H

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Declared here because their headers hide them without _GNU_SOURCE, which a module cannot define for them.
int pipe2(int descriptors[2], int flags);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);

// Numbers that a macro hides from Swift: <spawn.h> (GNU), <signal.h> and <fcntl.h> (GNU).
#define CSYSTEM_SPAWN_SETSID 0x80
#define CSYSTEM_SETPIPE_SZ 1031

// The name that `top -H` shows of the calling thread, of which the system keeps 15 bytes; prctl() is variadic.
static inline void csystem_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

static inline int csystem_pipe(int descriptors[2]) { return pipe2(descriptors, O_CLOEXEC) < 0 ? -errno : 0; }

// glibc has no declaration of pidfd_open before 2.36, and syscall() is variadic.
static inline int csystem_pidfd_open(int pid) {
  long descriptor = syscall(SYS_pidfd_open, pid, 0);
  return descriptor < 0 ? -errno : (int)descriptor;
}

#endif
