// Sockets: calls whose errno must be read at once, and flags that only a GNU header declares.
#ifndef LUTHIER_CSYSTEM_SOCKET_H
#define LUTHIER_CSYSTEM_SOCKET_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
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

// Begins to connect to an address in digits; -EINVAL where it is none. Whether it works the descriptor tells later.
static inline int csystem_connect_address(const char *address, uint16_t port) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  int isV4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
  if (!isV4 && inet_pton(AF_INET6, address, &v6.sin6_addr) != 1) return -EINVAL;
  int descriptor = socket(isV4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  int done = isV4 ? connect(descriptor, (struct sockaddr *)&v4, sizeof v4)
                  : connect(descriptor, (struct sockaddr *)&v6, sizeof v6);
  if (done == 0 || errno == EINPROGRESS) return descriptor;
  int failure = errno;
  close(descriptor);
  return -failure;
}

// What a socket failed with, and was not told yet: 0 for nothing.
static inline int csystem_socket_failure(int descriptor) {
  int failure = 0;
  socklen_t length = sizeof failure;
  return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length) < 0 ? errno : failure;
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
