// relay PORT TARGET-ADDRESS TARGET-PORT MILLISECONDS: passes TCP connections on, each byte so much later.
// A line's delay without its loss; it queues up to 64 MiB a direction, so the line itself has no rate.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, QUEUE_LIMIT = 64 << 20 };

static double delay;
static struct sockaddr_in target;

struct piece {
  struct piece *next;
  double due;
  ssize_t count;
  char bytes[];
};

struct direction {
  int from, to;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  struct piece *first, *last;
  size_t queued;
  int ended;
};

static double now(void) {
  struct timespec moment;
  clock_gettime(CLOCK_MONOTONIC, &moment);
  return moment.tv_sec + moment.tv_nsec * 1e-9;
}

static void rest(double seconds) {
  if (seconds <= 0) return;
  struct timespec span = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
  nanosleep(&span, NULL);
}

static void *receive(void *argument) {
  struct direction *direction = argument;
  static __thread char buffer[PIECE];
  for (;;) {
    ssize_t count = read(direction->from, buffer, sizeof buffer);
    pthread_mutex_lock(&direction->lock);
    if (count > 0) {
      struct piece *piece = malloc(sizeof *piece + count);
      if (!piece) abort();
      *piece = (struct piece){.due = now() + delay, .count = count};
      memcpy(piece->bytes, buffer, count);
      if (direction->last) direction->last->next = piece;
      else direction->first = piece;
      direction->last = piece;
      direction->queued += count;
    } else {
      direction->ended = 1;
    }
    pthread_cond_broadcast(&direction->changed);
    while (count > 0 && direction->queued > QUEUE_LIMIT)
      pthread_cond_wait(&direction->changed, &direction->lock);
    pthread_mutex_unlock(&direction->lock);
    if (count <= 0) return NULL;
  }
}

static void *send_on(void *argument) {
  struct direction *direction = argument;
  for (;;) {
    pthread_mutex_lock(&direction->lock);
    while (!direction->first && !direction->ended)
      pthread_cond_wait(&direction->changed, &direction->lock);
    struct piece *piece = direction->first;
    if (piece) {
      direction->first = piece->next;
      if (!direction->first) direction->last = NULL;
    }
    pthread_mutex_unlock(&direction->lock);
    if (!piece) {
      shutdown(direction->to, SHUT_WR);
      return NULL;
    }
    rest(piece->due - now());
    for (ssize_t sent = 0; sent < piece->count;) {
      ssize_t count = write(direction->to, piece->bytes + sent, piece->count - sent);
      if (count <= 0) break;
      sent += count;
    }
    pthread_mutex_lock(&direction->lock);
    direction->queued -= piece->count;
    pthread_cond_broadcast(&direction->changed);
    pthread_mutex_unlock(&direction->lock);
    free(piece);
  }
}

static void *serve(void *argument) {
  int near = (int)(intptr_t)argument, far = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  rest(2 * delay);  // the handshake's own way there and back
  if (connect(far, (struct sockaddr *)&target, sizeof target)) {
    close(near);
    close(far);
    return NULL;
  }
  setsockopt(near, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(far, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct direction ways[2] = {{.from = near, .to = far}, {.from = far, .to = near}};
  pthread_t threads[4];
  for (int way = 0; way < 2; way++) {
    pthread_mutex_init(&ways[way].lock, NULL);
    pthread_cond_init(&ways[way].changed, NULL);
    pthread_create(&threads[way * 2], NULL, receive, &ways[way]);
    pthread_create(&threads[way * 2 + 1], NULL, send_on, &ways[way]);
  }
  for (int index = 0; index < 4; index++) pthread_join(threads[index], NULL);
  close(near);
  close(far);
  return NULL;
}

int main(int count, char **words) {
  if (count != 5) {
    fputs("usage: relay PORT TARGET-ADDRESS TARGET-PORT MILLISECONDS\n", stderr);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  delay = atof(words[4]) / 1000;
  target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[3]))};
  inet_pton(AF_INET, words[2], &target.sin_addr);
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in own = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr *)&own, sizeof own)) {
    perror("relay: bind");
    return 1;
  }
  listen(listener, 128);
  for (;;) {
    int near = accept(listener, NULL, NULL);
    pthread_t thread;
    if (near >= 0 && !pthread_create(&thread, NULL, serve, (void *)(intptr_t)near)) pthread_detach(thread);
  }
}
