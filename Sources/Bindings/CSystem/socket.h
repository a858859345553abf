// Sockets: calls whose errno must be read at once, and flags that only a GNU header declares.
#ifndef LUTHIER_CSYSTEM_SOCKET_H
#define LUTHIER_CSYSTEM_SOCKET_H

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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

// The path's length is checked here: `sun_path` is a tuple in Swift.
static inline int csystem_connect_local(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
  strcpy(address.sun_path, path);
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
  int failure = errno;
  close(descriptor);
  return -failure;
}

// Made for owner and group alone before anybody can connect: the file's mode is what guards it.
static inline int csystem_listen_local(const char *path, int backlog) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
  strcpy(address.sun_path, path);
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  if (bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0 && chmod(path, 0660) == 0 &&
      listen(descriptor, backlog) == 0)
    return descriptor;
  int failure = errno;
  close(descriptor);
  return -failure;
}

// One descriptor beside one byte, as OpenSSH's mm_receive_fd expects it: the CMSG macros are not for Swift.
static inline long csystem_send_descriptor(int socket, int descriptor) {
  char byte = 0;
  struct iovec piece = {.iov_base = &byte, .iov_len = 1};
  union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; } control;
  memset(&control, 0, sizeof control);
  struct msghdr message = {
    .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  ssize_t done;
  do done = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (done < 0 && errno == EINTR);
  return done < 0 ? -errno : done;
}

#endif
