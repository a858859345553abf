// Sends one request again and again over kept-alive connections; prints one JSON object.
// Usage: load PORT CONNECTIONS SECONDS REQUEST_FILE
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

typedef struct { int fd, filled; uint64_t sent; char input[262144]; } Client;

enum { ROOM = 1 << 22 };
static float times[ROOM];
static char request[65536];
static long length;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int compare(const void *a, const void *b) {
  float x = *(float *)a, y = *(float *)b;
  return x < y ? -1 : x > y;
}

static void ask(Client *c) {
  c->sent = now();
  if (send(c->fd, request, length, MSG_NOSIGNAL) != length) { perror("send"); exit(1); }
}

// Bytes of the answer that is there whole; 0 where more is needed.
static int whole(Client *c) {
  c->input[c->filled] = 0;
  char *end = strstr(c->input, "\r\n\r\n"), *field = strcasestr(c->input, "\r\ncontent-length:");
  if (!end) return 0;
  if (!field || field > end) { fprintf(stderr, "an answer without a length\n"); exit(1); }
  int all = end + 4 - c->input + atoi(field + 17);
  if (all >= (int)sizeof c->input) { fprintf(stderr, "an answer is too large\n"); exit(1); }
  return c->filled >= all ? all : 0;
}

int main(int count, char **words) {
  if (count != 5) return 2;
  int port = atoi(words[1]), clients = atoi(words[2]), on = 1;
  double seconds = atof(words[3]);
  FILE *file = fopen(words[4], "rb");
  length = file ? fread(request, 1, sizeof request, file) : 0;
  if (length <= 0) return 2;
  int epoll = epoll_create1(0);
  struct epoll_event wanted = {.events = EPOLLIN}, ready[256];
  Client *all = calloc(clients, sizeof *all);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (int i = 0; i < clients; i++) {
    all[i].fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(all[i].fd, (void *)&address, sizeof address)) { perror("connect"); return 1; }
    setsockopt(all[i].fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(all[i].fd, F_SETFL, O_NONBLOCK);
    wanted.data.ptr = &all[i];
    epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &wanted);
    ask(&all[i]);
  }
  uint64_t start = now(), limit = start + (uint64_t)(seconds * 1e9);
  long answers = 0, wrong = 0;
  // At least an answer for each, on a machine that is busy with something else too.
  while (now() < limit || (answers < clients && now() < limit + 60000000000ull)) {
    int n = epoll_wait(epoll, ready, 256, 100);
    for (int i = 0; i < n; i++) {
      Client *c = ready[i].data.ptr;
      int got = recv(c->fd, c->input + c->filled, sizeof c->input - 1 - c->filled, 0);
      if (got < 0 && errno == EAGAIN) continue;
      if (got <= 0) { fprintf(stderr, "the server closed a connection\n"); return 1; }
      c->filled += got;
      int taken = whole(c);
      if (!taken) continue;
      if (memcmp(c->input + 9, "200", 3)) wrong++;
      times[answers % ROOM] = (now() - c->sent) / 1e6;
      answers++;
      c->filled = 0;
      ask(c);
    }
  }
  double took = (now() - start) / 1e9;
  long kept = answers < ROOM ? answers : ROOM;
  qsort(times, kept, sizeof *times, compare);
  printf("{\"answers\": %ld, \"wrong\": %ld, \"rate\": %.1f, \"p50\": %.3f, \"p99\": %.3f}\n", answers, wrong, answers / took,
         kept ? times[kept / 2] : 0, kept ? times[(long)(kept * .99)] : 0);
  return 0;
}
