// Opens streams and reads them as they come; prints one JSON object of times in milliseconds.
// Usage: load PORT STREAMS ROUNDS EVENTS RAMP_MS KEY
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct { int fd, round, events, filled, told, ended; uint64_t sent; char input[65536]; } Stream;

static double *first_times, *late_times;
static long firsts, lates, room;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int compare(const void *a, const void *b) {
  double x = *(double *)a, y = *(double *)b;
  return x < y ? -1 : x > y;
}

static double part(double *times, long count, double p) { return count ? times[(long)(p * (count - 1) + .5)] : -1; }

int main(int count, char **words) {
  if (count != 7) return 2;
  int port = atoi(words[1]), streams = atoi(words[2]), rounds = atoi(words[3]), events = atoi(words[4]);
  double ramp = atof(words[5]);
  room = (long)streams * rounds * events + 16;
  first_times = malloc(room * sizeof(double));
  late_times = malloc(room * sizeof(double));
  const char *body = "{\"model\":\"mock\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Say something.\"}]}";
  char request[1024];
  int length = snprintf(request, sizeof request,
      "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
      "Authorization: Bearer %s\r\nContent-Length: %zu\r\n\r\n%s", words[6], strlen(body), body);
  int epoll = epoll_create1(0), opened = 0, done = 0, failed = 0, on = 1;
  struct epoll_event wanted = {.events = EPOLLIN}, ready[512];
  Stream *all = calloc(streams, sizeof *all);
  uint64_t start = now(), limit = start + 90000000000ull;
  while (done < streams && now() < limit) {
    int due = ramp > 0 ? (int)((now() - start) / 1e6 / ramp * streams) + 1 : streams;
    for (; opened < streams && opened < due; opened++) {
      Stream *s = &all[opened];
      struct sockaddr_in address = {
          .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
      s->fd = socket(AF_INET, SOCK_STREAM, 0);
      if (connect(s->fd, (void *)&address, sizeof address)) { perror("connect"); return 1; }
      fcntl(s->fd, F_SETFL, O_NONBLOCK);
      setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      s->sent = now();
      if (send(s->fd, request, length, MSG_NOSIGNAL) != length) failed++;
      wanted.data.ptr = s;
      epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &wanted);
    }
    int n = epoll_wait(epoll, ready, 512, opened < streams ? 1 : 200);
    for (int i = 0; i < n; i++) {
      Stream *s = ready[i].data.ptr;
      int got = recv(s->fd, s->input + s->filled, sizeof s->input - 1 - s->filled, 0);
      if (got < 0 && errno == EAGAIN) continue;
      if (got <= 0) { failed++; done++; close(s->fd); continue; }
      uint64_t time = now();
      s->filled += got;
      char *at = s->input, *end = s->input + s->filled;
      *end = 0;
      for (char *mark; (mark = memmem(at, end - at, "@T=", 3));) {
        char *stop = memchr(mark, ';', end - mark);
        if (!stop) break;
        if (lates < room) late_times[lates++] = (time - strtoull(mark + 3, NULL, 10)) / 1e6;
        if (s->events++ == 0 && firsts < room) first_times[firsts++] = (time - s->sent) / 1e6;
        at = stop;
      }
      s->ended = s->ended || memmem(at, end - at, "[DONE]", 6);
      int whole = s->ended && memmem(at, end - at, "0\r\n\r\n", 5) != NULL;
      // What is kept can hold half a mark, or the beginning of the end.
      int keep = end - at < 512 ? end - at : 512;
      memmove(s->input, end - keep, keep);
      s->filled = keep;
      if (!whole) continue;
      if (s->events != events) failed++;
      s->filled = s->events = s->ended = 0;
      if (++s->round == rounds) { close(s->fd); done++; continue; }
      s->sent = now();
      if (send(s->fd, request, length, MSG_NOSIGNAL) != length) failed++;
    }
  }
  qsort(first_times, firsts, sizeof(double), compare);
  qsort(late_times, lates, sizeof(double), compare);
  printf("{\"events\":%ld,\"failed\":%d,\"first50\":%.3f,\"first99\":%.3f,\"chunk50\":%.3f,\"chunk99\":%.3f}\n", lates,
         failed + streams - done, part(first_times, firsts, .5), part(first_times, firsts, .99),
         part(late_times, lates, .5), part(late_times, lates, .99));
}
