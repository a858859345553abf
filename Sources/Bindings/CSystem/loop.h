// What an event loop needs and Swift cannot call, or calls only with errno read too late.
// Results below zero are -errno: read here, on the same thread, before anything can change it.
#ifndef LUTHIER_CSYSTEM_LOOP_H
#define LUTHIER_CSYSTEM_LOOP_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

// `data` is a union in a packed struct: Swift imports neither a setter nor a reader for it that is safe to use.
static inline struct epoll_event csystem_epoll_event(uint32_t events, uint64_t data) {
  struct epoll_event event;
  event.events = events;
  event.data.u64 = data;
  return event;
}

static inline uint64_t csystem_epoll_data(const struct epoll_event *event) { return event->data.u64; }

static inline int csystem_epoll_wait(int epoll, struct epoll_event *events, int count, int milliseconds) {
  int ready = epoll_wait(epoll, events, count, milliseconds);
  return ready < 0 ? -errno : ready;
}

static inline int csystem_epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event event) {
  return epoll_ctl(epoll, operation, descriptor, &event) < 0 ? -errno : 0;
}

static inline uint64_t csystem_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static inline long csystem_read(int descriptor, void *bytes, size_t count) {
  ssize_t done;
  do done = read(descriptor, bytes, count);
  while (done < 0 && errno == EINTR);
  return done < 0 ? -errno : done;
}

static inline long csystem_write(int descriptor, const void *bytes, size_t count) {
  ssize_t done;
  do done = write(descriptor, bytes, count);
  while (done < 0 && errno == EINTR);
  return done < 0 ? -errno : done;
}

static inline long csystem_pread(int descriptor, void *bytes, size_t count, int64_t offset) {
  ssize_t done;
  do done = pread(descriptor, bytes, count, offset);
  while (done < 0 && errno == EINTR);
  return done < 0 ? -errno : done;
}

static inline long csystem_sendfile(int socket, int file, int64_t offset, size_t count) {
  off_t position = offset;
  ssize_t done;
  do done = sendfile(socket, file, &position, count);
  while (done < 0 && errno == EINTR);
  return done < 0 ? -errno : done;
}

#endif
