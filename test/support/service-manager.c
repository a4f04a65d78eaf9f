/*
 * Does what systemd does for a service with a socket: it listens, hands the socket over to one
 * process after another (sd_listen_fds(3)), and prints what they tell it (sd_notify(3)).
 *
 *   service-manager NOTIFY_SOCKET COMMAND...
 *
 * On standard input: `s` starts the command, `t` and `h` send it SIGTERM and SIGHUP. On standard
 * output, a line each: `port N`, `told FACTS`, and `ended STATUS`. It ends with its input.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int listen_on_free_port(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, 4096) != 0) exit(1);
  getsockname(fd, (struct sockaddr *)&address, &length);
  printf("port %d\n", ntohs(address.sin_port));
  return fd;
}

static int receive_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) exit(1);
  return fd;
}

static pid_t start(int listening, char **command) {
  pid_t child = fork();
  if (child != 0) return child;
  char pid[16];
  snprintf(pid, sizeof pid, "%d", getpid());
  setenv("LISTEN_PID", pid, 1);
  setenv("LISTEN_FDS", "1", 1);
  setenv("LISTEN_FDNAMES", "tcp", 1);
  setenv("WATCHDOG_PID", pid, 1);
  /* It ends with this process, however that ends. */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (listening != 3) dup2(listening, 3), close(listening);
  /* Standard output is for what is told here. */
  dup2(2, 1);
  execvp(command[0], command);
  _exit(127);
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  int told = receive_at(arguments[1]);
  int listening = listen_on_free_port();
  setenv("NOTIFY_SOCKET", arguments[1], 1);
  pid_t child = 0;
  for (;;) {
    struct pollfd polled[] = {{.fd = 0, .events = POLLIN}, {.fd = told, .events = POLLIN}};
    poll(polled, 2, 10);
    int status;
    if (child > 0 && waitpid(child, &status, WNOHANG) == child) {
      child = 0;
      printf("ended %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
    if (polled[1].revents & POLLIN) {
      char facts[4096];
      ssize_t length = recv(told, facts, sizeof facts - 1, 0);
      if (length < 0) continue;
      facts[length] = '\0';
      for (char *end; (end = strchr(facts, '\n')) != NULL;) *end = ' ';
      if (strcmp(facts, "BARRIER=1") != 0) printf("told %s\n", facts);
    }
    if (polled[0].revents & (POLLIN | POLLHUP)) {
      char order;
      if (read(0, &order, 1) != 1) break;
      if (order == 's') child = start(listening, arguments + 2);
      else if (child > 0 && order == 't') kill(child, SIGTERM);
      else if (child > 0 && order == 'h') kill(child, SIGHUP);
    }
  }
  if (child > 0) kill(child, SIGKILL);
  return 0;
}
