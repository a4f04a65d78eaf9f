// Takes what comes on connections and counts it, without a copy. Readers that only count are
// most of the load, and in Node they would take more time than the fastest servers do.
//
// It is handed its connections, which are ready: 0 is a pipe that ends when the load does, 3 is
// a file for the counters, one of 64 bits for each connection, and the connections follow.
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  counters_fd = 3,
  first_fd = 4,
  events_max = 1024,
  take_bytes = 1 << 20,
};

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void fail(const char *reason) {
  fprintf(stderr, "%s\n", reason);
  exit(1);
}

static void watch(int poller, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
}

int main(int count_of_arguments, char **arguments) {
  size_t connections = count_of_arguments > 1 ? strtoul(arguments[1], NULL, 10) : 0;
  if (connections == 0) fail("usage: sink CONNECTIONS");
  size_t bytes = connections * sizeof(_Atomic uint64_t);
  if (ftruncate(counters_fd, bytes) < 0) die("ftruncate");
  _Atomic uint64_t *counters =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, counters_fd, 0);
  if (counters == MAP_FAILED) die("mmap");
  int poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) die("epoll_create1");
  watch(poller, 0);
  for (size_t index = 0; index < connections; index += 1) watch(poller, first_fd + (int)index);
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    static struct epoll_event events[events_max];
    int count = epoll_wait(poller, events, events_max, -1);
    for (int index = 0; index < count; index += 1) {
      int fd = events[index].data.fd;
      if (fd == 0) return 0;
      // TCP drops what it would copy.
      ssize_t taken = recv(fd, NULL, take_bytes, MSG_TRUNC | MSG_DONTWAIT);
      if (taken == 0) fail("the server closed a connection");
      if (taken < 0 && errno != EAGAIN) die("recv");
      if (taken > 0) counters[fd - first_fd] += taken;
    }
  }
}
