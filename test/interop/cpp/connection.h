// A connection to a tcp-chat server: frames in both directions, by protobuf's own helpers.
#pragma once

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <string>

#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/util/delimited_message_util.h>

#include "tcpchat/v1/chat.pb.h"

class Connection {
 public:
  // Throws when the server cannot be reached.
  Connection(const std::string& host, const std::string& port)
      : socket_(Connect(host, port)), input_(socket_), output_(socket_) {}

  ~Connection() { close(socket_); }

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Send(const tcpchat::v1::ChatMessage& message) {
    if (!google::protobuf::util::SerializeDelimitedToZeroCopyStream(message, &output_) ||
        !output_.Flush()) {
      throw std::runtime_error("could not send " + message.ShortDebugString());
    }
  }

  // The next message; `awaited` says which, for the error when none comes.
  tcpchat::v1::ChatMessage Receive(const std::string& awaited) {
    tcpchat::v1::ChatMessage message;
    bool is_end = false;
    if (google::protobuf::util::ParseDelimitedFromZeroCopyStream(&message, &input_, &is_end)) {
      return message;
    }
    const std::string reason = is_end && input_.GetErrno() == 0 ? "the connection was closed"
                               : input_.GetErrno() != 0 ? std::strerror(input_.GetErrno())
                                                        : "the frame is not a ChatMessage";
    throw std::runtime_error("awaiting " + awaited + ": " + reason);
  }

  // Ends the sending side, and awaits that the server does the same without a further word.
  void End() {
    shutdown(socket_, SHUT_WR);
    tcpchat::v1::ChatMessage message;
    bool is_end = false;
    if (google::protobuf::util::ParseDelimitedFromZeroCopyStream(&message, &input_, &is_end)) {
      throw std::runtime_error("after the end came " + message.ShortDebugString());
    }
    if (!is_end || input_.GetErrno() != 0) {
      throw std::runtime_error("the server did not end the connection in good order");
    }
  }

 private:
  static int Connect(const std::string& host, const std::string& port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* addresses = nullptr;
    if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &addresses)) {
      throw std::runtime_error(host + ": " + gai_strerror(error));
    }
    int connected = -1;
    for (addrinfo* each = addresses; each != nullptr && connected < 0; each = each->ai_next) {
      const int candidate = socket(each->ai_family, each->ai_socktype, each->ai_protocol);
      if (candidate < 0) continue;
      if (connect(candidate, each->ai_addr, each->ai_addrlen) == 0) connected = candidate;
      else close(candidate);
    }
    freeaddrinfo(addresses);
    if (connected < 0) throw std::runtime_error("cannot connect to " + host + ":" + port);
    // A server that stays silent must not hold up the test for ever.
    const timeval patience{10, 0};
    setsockopt(connected, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(connected, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return connected;
  }

  const int socket_;
  google::protobuf::io::FileInputStream input_;
  google::protobuf::io::FileOutputStream output_;
};
