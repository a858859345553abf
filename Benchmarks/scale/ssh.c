// Stands where `ssh -M -N -S SOCKET … -- HOST` would: tells the world of simulated hosts (world.py) where the control
// socket is wanted, says that the login is done, and waits until either side has enough.
//
// There is one of these for each host, as there is one ssh, so it must be small: the world answers at the control
// socket in its place.

#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *words) {
  fprintf(stderr, "ssh: %s\n", words);
  return 255;
}

int main(int count, char **words) {
  const char *control = NULL;
  for (int i = 1; i + 1 < count; i++)
    if (!strcmp(words[i], "-S")) control = words[i + 1];
  if (!control || count < 3) return fail("simulated hosts are reached over a control socket alone");
  char path[4096];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (length < 0) return fail("who am I?");
  path[length] = 0;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (snprintf(address.sun_path, sizeof address.sun_path, "%s/world", dirname(path)) >= (int)sizeof address.sun_path)
    return fail("the folder's path is too long");
  int world = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(world, (struct sockaddr *)&address, sizeof address)) return fail("Connection refused");
  char text[4096];
  int size = snprintf(text, sizeof text, "%s\n%s\n", control, words[count - 1]);
  if (write(world, text, size) != size || read(world, text, 1) != 1) return fail("Connection closed by remote host");
  puts("luthier-connected");
  fflush(stdout);
  // One byte never comes: the end does.
  while (read(world, text, sizeof text) > 0) {}
  return fail("Connection closed by remote host");
}
