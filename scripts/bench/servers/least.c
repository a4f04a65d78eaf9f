// A baseline: the least that a chat server in C can do for its clients. Those of two fields
// get from it the same bytes as from tcp-chat. It checks nothing, has no limits, and assumes
// that each frame is shorter than 128 bytes and holds `content` and then, if at all, `type`.
//
// One turn is what epoll reports at once: all that can be read is read, once from each
// connection. All broadcasts of a turn become one batch, and each connection gets the batch
// with one write. tcp-chat does the same, so that the two differ in the work between reading
// and writing, and in nothing else.
#define _GNU_SOURCE // accept4
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  events_max = 1024,
  read_bytes = 64 * 1024, // as libuv reads
  frame_bytes_max = 128,
};

struct bytes {
  uint8_t *at;
  size_t count;
  size_t room;
};

struct session {
  int fd;                         // -1 once it is closed
  bool is_blocked;                // the network takes nothing more now; epoll tells when it does
  uint8_t begun[frame_bytes_max]; // a frame that has arrived in part
  size_t begun_count;
  struct bytes waiting; // echoes of this turn, and what the network did not take
};

static int poller;
static struct session **sessions; // in the order in which they came
static size_t session_count, session_room;
static struct bytes batch;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void *grown(void *memory, size_t bytes) {
  memory = realloc(memory, bytes);
  if (memory == NULL) die("realloc");
  return memory;
}

static uint8_t *add(struct bytes *to, size_t count) {
  if (to->count + count > to->room) {
    to->room = (to->count + count) * 2;
    to->at = grown(to->at, to->room);
  }
  to->count += count;
  return to->at + to->count - count;
}

static void watch(struct session *session, int operation) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = session};
  if (session->is_blocked) event.events |= EPOLLOUT;
  if (epoll_ctl(poller, operation, session->fd, &event) < 0) die("epoll_ctl");
}

static void end(struct session *session) {
  close(session->fd);
  session->fd = -1;
}

// Writes once; returns how much of it was taken.
static size_t write_some(struct session *session, const uint8_t *from, size_t count) {
  if (session->is_blocked || session->fd < 0) return 0;
  ssize_t written = write(session->fd, from, count);
  if (written < 0 && errno != EAGAIN) {
    end(session);
    return 0;
  }
  size_t taken = written < 0 ? 0 : (size_t)written;
  if (taken < count) {
    session->is_blocked = true;
    watch(session, EPOLL_CTL_MOD);
  }
  return taken;
}

static void flush(struct session *session) {
  struct bytes *waiting = &session->waiting;
  if (waiting->count == 0) return;
  size_t taken = write_some(session, waiting->at, waiting->count);
  waiting->count -= taken;
  memmove(waiting->at, waiting->at + taken, waiting->count);
}

static void deliver(struct session *session) {
  size_t taken = 0;
  if (session->waiting.count == 0) taken = write_some(session, batch.at, batch.count);
  if (taken == batch.count) return;
  memcpy(add(&session->waiting, batch.count - taken), batch.at + taken, batch.count - taken);
}

// The frame with `mark` before its content. Both lengths may need two bytes afterwards.
static void answer(struct bytes *to, const char *mark, const uint8_t *content, size_t count,
                   bool is_broadcast) {
  size_t mark_count = strlen(mark), text = mark_count + count;
  size_t body = 1 + (text < 128 ? 1 : 2) + text + (is_broadcast ? 2 : 0);
  uint8_t *at = add(to, (body < 128 ? 1 : 2) + body);
  if (body >= 128) *at++ = body | 0x80;
  *at++ = body < 128 ? body : body >> 7;
  *at++ = 0x0a;
  if (text >= 128) *at++ = text | 0x80;
  *at++ = text < 128 ? text : text >> 7;
  memcpy(at, mark, mark_count);
  memcpy(at + mark_count, content, count);
  if (is_broadcast) memcpy(at + text, "\x10\x01", 2);
}

// A whole frame without its length.
static void take(struct session *session, const uint8_t *body, size_t count) {
  size_t text = 0;
  const uint8_t *content = body;
  if (count >= 2 && body[0] == 0x0a && body[1] <= count - 2) {
    text = body[1];
    content = body + 2;
  }
  bool is_broadcast = (size_t)(content - body) + text + 2 == count && body[count - 1] == 1;
  if (is_broadcast) answer(&batch, "(broadcast)", content, text, true);
  else answer(&session->waiting, "(echo)", content, text, false);
}

static void receive(struct session *session) {
  static uint8_t buffer[frame_bytes_max + read_bytes];
  size_t begun = session->begun_count;
  memcpy(buffer, session->begun, begun);
  ssize_t count = read(session->fd, buffer + begun, read_bytes);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    end(session);
    return;
  }
  const uint8_t *at = buffer, *stop = buffer + begun + count;
  while (at < stop) {
    if (*at >= frame_bytes_max) {
      fprintf(stderr, "a frame is too long for this server\n");
      exit(1);
    }
    if (at + 1 + *at > stop) break;
    take(session, at + 1, *at);
    at += 1 + *at;
  }
  session->begun_count = stop - at;
  memcpy(session->begun, at, session->begun_count);
}

static void accept_all(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (session_count == session_room) {
      session_room = session_room * 2 + 64;
      sessions = grown(sessions, session_room * sizeof *sessions);
    }
    struct session *session = grown(NULL, sizeof *session);
    *session = (struct session){.fd = fd};
    sessions[session_count++] = session;
    watch(session, EPOLL_CTL_ADD);
  }
}

static void forget_ended(void) {
  size_t kept = 0;
  for (size_t index = 0; index < session_count; index += 1) {
    struct session *session = sessions[index];
    if (session->fd >= 0) {
      sessions[kept++] = session;
      continue;
    }
    free(session->waiting.at);
    free(session);
  }
  session_count = kept;
}

static void turn(int listener) {
  static struct epoll_event events[events_max];
  int count = epoll_wait(poller, events, events_max, -1);
  bool is_anybody_gone = false;
  for (int index = 0; index < count; index += 1) {
    struct session *session = events[index].data.ptr;
    if (session == NULL) {
      accept_all(listener);
      continue;
    }
    if (events[index].events & EPOLLOUT) {
      session->is_blocked = false;
      watch(session, EPOLL_CTL_MOD);
    }
    if (events[index].events & ~EPOLLOUT) receive(session);
  }
  for (int index = 0; index < count; index += 1) {
    struct session *session = events[index].data.ptr;
    if (session != NULL) flush(session);
  }
  for (size_t index = 0; index < session_count; index += 1) {
    if (batch.count > 0) deliver(sessions[index]);
    if (sessions[index]->fd < 0) is_anybody_gone = true;
  }
  batch.count = 0;
  if (is_anybody_gone) forget_ended();
}

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t address_bytes = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) die("socket");
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  if (listen(listener, 4096) < 0) die("listen");
  if (getsockname(listener, (struct sockaddr *)&address, &address_bytes) < 0) die("getsockname");
  poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) < 0) die("epoll");
  printf("listening on tcp://127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) turn(listener);
}
