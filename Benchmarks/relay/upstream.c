// A stand-in for a model's server: streams chat completions at an even pace, each event bearing its time.
// Usage: upstream PORT EVENTS INTERVAL_MS BYTES     (BYTES of filling in each event)
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct Stream {
  int fd, filled, left, streaming, gone, queued;
  uint64_t due;
  struct Stream *next;
  char input[16384];
} Stream;

static Stream *first, *last;
static int events_of_a_stream, filling;
static uint64_t interval;
static char *text;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void queue(Stream *s) {
  s->next = NULL;
  s->queued = 1;
  if (last) last->next = s; else first = s;
  last = s;
}

static void send_all(Stream *s, const char *bytes, int count) {
  for (int sent = 0; sent < count;) {
    int n = send(s->fd, bytes + sent, count - sent, MSG_NOSIGNAL);
    if (n >= 0) { sent += n; continue; }
    if (errno != EAGAIN) { s->gone = 1; return; }
    struct pollfd room = {.fd = s->fd, .events = POLLOUT};
    poll(&room, 1, 1000);
  }
}

static void send_chunk(Stream *s, const char *bytes, int count) {
  char size[16];
  static char whole[1 << 17];
  int n = snprintf(size, sizeof size, "%x\r\n", count);
  memcpy(whole, size, n);
  memcpy(whole + n, bytes, count);
  memcpy(whole + n + count, "\r\n", 2);
  send_all(s, whole, n + count + 2);
}

static void send_event(Stream *s) {
  static char event[1 << 16];
  int n = snprintf(event, sizeof event,
      "data: {\"id\":\"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012\",\"object\":\"chat.completion.chunk\",\"created\":1763680000,"
      "\"model\":\"mock\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"@T=%llu; token%s\"},\"logprobs\":null,"
      "\"finish_reason\":%s}]}\n\n", (unsigned long long)now(), text, s->left == 1 ? "\"stop\"" : "null");
  send_chunk(s, event, n);
}

static void send_end(Stream *s) {
  const char *usage = "data: {\"id\":\"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012\",\"object\":\"chat.completion.chunk\","
      "\"created\":1763680000,\"model\":\"mock\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":100,"
      "\"total_tokens\":109}}\n\ndata: [DONE]\n\n";
  send_chunk(s, usage, strlen(usage));
  send_all(s, "0\r\n\r\n", 5);
}

static void begin_if_whole(Stream *s) {
  if (s->streaming) return;
  char *end = memmem(s->input, s->filled, "\r\n\r\n", 4);
  if (!end) return;
  *end = 0;
  char *length = strcasestr(s->input, "content-length:");
  int whole = end - s->input + 4 + (length ? atoi(length + 15) : 0);
  *end = '\r';
  if (s->filled < whole) return;
  memmove(s->input, s->input + whole, s->filled - whole);
  s->filled -= whole;
  const char *head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  send_all(s, head, strlen(head));
  s->streaming = 1;
  s->left = events_of_a_stream;
  s->due = now() + interval;
  if (!s->queued) queue(s);
}

static void receive(Stream *s) {
  int n = recv(s->fd, s->input + s->filled, sizeof s->input - s->filled, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n > 0) {
    s->filled += n;
    return begin_if_whole(s);
  }
  s->gone = 1;
  close(s->fd);
  s->fd = -1;
  if (!s->queued) free(s);
}

static void go_on(Stream *s) {
  if (s->gone) {
    if (s->fd < 0) free(s);  // otherwise its end is still to be read
    return;
  }
  if (s->left > 0) { send_event(s); s->left--; }
  if (s->left == 0) {
    send_end(s);
    s->streaming = 0;
    return begin_if_whole(s);
  }
  uint64_t time = now();
  s->due = s->due + interval < time ? time : s->due + interval;
  queue(s);
}

int main(int count, char **words) {
  if (count != 5) return 2;
  events_of_a_stream = atoi(words[2]);
  interval = atof(words[3]) * 1e6;
  filling = atoi(words[4]);
  text = calloc(1, filling + 1);
  memset(text, 'x', filling);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1, epoll = epoll_create1(0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(atoi(words[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (void *)&address, sizeof address) || listen(listener, 4096)) { perror("listen"); return 1; }
  struct epoll_event wanted = {.events = EPOLLIN}, ready[512];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &wanted);
  for (;;) {
    uint64_t time = now();
    int wait = !first ? -1 : first->due <= time ? 0 : (int)((first->due - time + 999999) / 1000000);
    int n = epoll_wait(epoll, ready, 512, wait);
    for (int i = 0; i < n; i++) {
      if (ready[i].data.ptr) { receive(ready[i].data.ptr); continue; }
      for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        Stream *s = calloc(1, sizeof *s);
        s->fd = fd;
        wanted.data.ptr = s;
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted);
      }
    }
    for (int turn = 0; turn < 4096 && first && first->due <= now(); turn++) {
      Stream *s = first;
      first = s->next;
      if (!first) last = NULL;
      s->queued = 0;
      go_on(s);
    }
  }
}
