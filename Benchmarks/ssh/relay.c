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

enum { PIECE = 1 << 20, ROOM = 64 << 20, MARKS = 1 << 16 };

static double delay;
static struct sockaddr_in target;

// What was read up to `end` of all bytes is passed on at `due`.
struct mark {
  uint64_t end;
  double due;
};

struct direction {
  int from, to;
  pthread_mutex_t lock;
  pthread_cond_t filled, emptied;
  char *bytes;
  struct mark *marks;
  uint64_t read, written, first, last;
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

static size_t less(size_t one, size_t other) { return one < other ? one : other; }

static void *receive(void *argument) {
  struct direction *direction = argument;
  for (;;) {
    size_t place = direction->read % ROOM;
    pthread_mutex_lock(&direction->lock);
    while (direction->read - direction->written == ROOM || direction->last - direction->first == MARKS)
      pthread_cond_wait(&direction->emptied, &direction->lock);
    size_t room = less(less(PIECE, ROOM - place), ROOM - (direction->read - direction->written));
    pthread_mutex_unlock(&direction->lock);
    ssize_t count = read(direction->from, direction->bytes + place, room);
    pthread_mutex_lock(&direction->lock);
    if (count > 0) {
      direction->read += count;
      direction->marks[direction->last++ % MARKS] = (struct mark){.end = direction->read, .due = now() + delay};
    } else {
      direction->ended = 1;
    }
    if (direction->last - direction->first <= 1) pthread_cond_signal(&direction->filled);
    pthread_mutex_unlock(&direction->lock);
    if (count <= 0) return NULL;
    // A fast stream is taken in larger pieces: what is measured is not to wait for this program.
    if (count >= 4096 && count < 131072) rest(0.0002);
  }
}

static void *send_on(void *argument) {
  struct direction *direction = argument;
  for (;;) {
    pthread_mutex_lock(&direction->lock);
    while (direction->first == direction->last && !direction->ended)
      pthread_cond_wait(&direction->filled, &direction->lock);
    int over = direction->first == direction->last;
    double due = over ? 0 : direction->marks[direction->first % MARKS].due;
    pthread_mutex_unlock(&direction->lock);
    if (over) {
      shutdown(direction->to, SHUT_WR);
      return NULL;
    }
    rest(due - now());
    double moment = now();
    uint64_t end = 0;
    pthread_mutex_lock(&direction->lock);
    while (direction->first != direction->last && direction->marks[direction->first % MARKS].due <= moment)
      end = direction->marks[direction->first++ % MARKS].end;
    pthread_mutex_unlock(&direction->lock);
    while (direction->written < end) {
      size_t place = direction->written % ROOM;
      ssize_t count = write(direction->to, direction->bytes + place, less(end - direction->written, ROOM - place));
      // Nobody takes it any more: it is read and dropped.
      if (count <= 0) count = end - direction->written;
      pthread_mutex_lock(&direction->lock);
      direction->written += count;
      pthread_cond_signal(&direction->emptied);
      pthread_mutex_unlock(&direction->lock);
    }
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
    pthread_cond_init(&ways[way].filled, NULL);
    pthread_cond_init(&ways[way].emptied, NULL);
    ways[way].bytes = malloc(ROOM);
    ways[way].marks = malloc(MARKS * sizeof(struct mark));
    if (!ways[way].bytes || !ways[way].marks) abort();
    pthread_create(&threads[way * 2], NULL, receive, &ways[way]);
    pthread_create(&threads[way * 2 + 1], NULL, send_on, &ways[way]);
  }
  for (int index = 0; index < 4; index++) pthread_join(threads[index], NULL);
  for (int way = 0; way < 2; way++) {
    free(ways[way].bytes);
    free(ways[way].marks);
  }
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
