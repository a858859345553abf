// Stands where llamafactory-cli would: says its version, and as `train CONFIG` writes a log as a trainer does.
//
// What is measured is Luthier, not LLaMA-Factory: a thousand of these fit on one machine, since each is a few hundred
// kilobytes. It follows the file `pace` beside itself: lines a second; a line more is written at once when it changes.

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

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

// The value of `output_dir:` in a configuration, without its quotes; paths of the benchmark hold nothing to unescape.
static int output_of(const char *config, char *found, size_t room) {
  FILE *file = fopen(config, "r");
  if (!file) return -1;
  char line[8192];
  int result = -1;
  while (result && fgets(line, sizeof line, file)) {
    if (strncmp(line, "output_dir:", 11)) continue;
    char *from = line + 11;
    from += strspn(from, " \"'");
    from[strcspn(from, "\"'\r\n")] = 0;
    snprintf(found, room, "%s", from);
    result = 0;
  }
  fclose(file);
  return result;
}

static void say(FILE *metrics, long step) {
  // The moment stands in the line, on a clock that all processes of this machine share.
  printf("{'loss': 0.5} step %ld at %.6f\n", step, now());
  fflush(stdout);
  fprintf(metrics,
          "{\"current_steps\": %ld, \"total_steps\": 1000000, \"loss\": 0.5, \"lr\": 1e-4, \"epoch\": 0.1, "
          "\"percentage\": 0.1, \"elapsed_time\": \"0:00:10\", \"remaining_time\": \"1:00:00\"}\n",
          step);
  fflush(metrics);
}

int main(int count, char **words) {
  if (count < 3 || strcmp(words[1], "train")) {
    puts("| Welcome to LLaMA Factory, version 0.9.5 |");
    return 0;
  }
  char output[4096], path[8192], pace[8192];
  if (output_of(words[2], output, sizeof output)) {
    fprintf(stderr, "no output_dir in %s\n", words[2]);
    return 1;
  }
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (length < 0) return 1;
  path[length] = 0;
  snprintf(pace, sizeof pace, "%s/pace", dirname(path));
  snprintf(path, sizeof path, "%s/trainer_log.jsonl", output);
  FILE *metrics = fopen(path, "a");
  if (!metrics) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return 1;
  }
  struct timespec known = {0, -1};
  double rate = 0, due = now();
  for (long step = 0;;) {
    struct stat about;
    struct timespec changed = {0, 0};
    if (!stat(pace, &about)) changed = about.st_mtim;
    if (changed.tv_sec != known.tv_sec || changed.tv_nsec != known.tv_nsec) {
      known = changed;
      rate = 0;
      FILE *file = changed.tv_sec ? fopen(pace, "r") : NULL;
      if (file) {
        if (fscanf(file, "%lf", &rate) != 1) rate = 0;
        fclose(file);
      }
      due = now();
      // One line at once, the first too: whoever watches has to see it.
      say(metrics, ++step);
    }
    if (rate <= 0) {
      rest(0.5);
      continue;
    }
    due += 1 / rate;
    double wait = due - now();
    rest(wait < 1 / rate ? wait : 1 / rate);
    say(metrics, ++step);
  }
}
