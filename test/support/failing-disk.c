/*
 * A disk that fails, for programs that are started with LD_PRELOAD: calls that are named in the
 * file $FAILING_DISK fail with EIO when they are about a write-ahead log, as long as that file
 * is there. With the word "once" in it, it is removed by the first call that fails; with the word
 * "second", the first call succeeds, and all words but the name of that call are replaced by "once".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int fails(int file, const char *call)
{
  const char *control = getenv("FAILING_DISK");
  char link[64], path[4096], words[256];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path);
  if (control == NULL || length < 4 || memcmp(path + length - 4, "-wal", 4) != 0) return 0;
  FILE *stream = fopen(control, "r");
  if (stream == NULL) return 0;
  size_t read = fread(words, 1, sizeof words - 1, stream);
  words[read] = '\0';
  fclose(stream);
  if (strstr(words, call) == NULL) return 0;
  if (strstr(words, "second") != NULL) {
    stream = fopen(control, "w");
    fprintf(stream, "%s once", call);
    fclose(stream);
    return 0;
  }
  if (strstr(words, "once") != NULL) unlink(control);
  errno = EIO;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int file) { return fails(file, "sync") ? -1 : REAL(fsync)(file); }

int fdatasync(int file) { return fails(file, "sync") ? -1 : REAL(fdatasync)(file); }

int ftruncate(int file, off_t size)
{
  return fails(file, "truncate") ? -1 : REAL(ftruncate)(file, size);
}

int ftruncate64(int file, off64_t size)
{
  return fails(file, "truncate") ? -1 : REAL(ftruncate64)(file, size);
}
