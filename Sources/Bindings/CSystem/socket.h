// Sockets: calls whose errno must be read at once, and flags that only a GNU header declares.
#ifndef LUTHIER_CSYSTEM_SOCKET_H
#define LUTHIER_CSYSTEM_SOCKET_H

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>

// Declared here because <sys/socket.h> hides it without _GNU_SOURCE, which a module cannot define for it.
int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);

static inline int csystem_accept(int listener, struct sockaddr_storage *address, socklen_t *length) {
  int descriptor;
  do descriptor = accept4(listener, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  while (descriptor < 0 && errno == EINTR);
  return descriptor < 0 ? -errno : descriptor;
}

static inline int csystem_set_option(int descriptor, int level, int option, int value) {
  return setsockopt(descriptor, level, option, &value, sizeof value) < 0 ? -errno : 0;
}

static inline long csystem_recv(int descriptor, void *bytes, size_t count) {
  ssize_t done;
  do done = recv(descriptor, bytes, count, 0);
  while (done < 0 && errno == EINTR);
  return done < 0 ? -errno : done;
}

static inline long csystem_send(int descriptor, const void *bytes, size_t count) {
  ssize_t done;
  do done = send(descriptor, bytes, count, MSG_NOSIGNAL);
  while (done < 0 && errno == EINTR);
  return done < 0 ? -errno : done;
}

#endif
