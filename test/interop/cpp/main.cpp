// A client in C++ that knows nothing of the server but chat.proto.
//
//   main HOST PORT < vectors
//
// It checks the vectors that come on stdin (see vectors.h), then talks to the server as a bare
// and as a full session. It says what it did, and exits with 0; or says in one line what was
// wrong, and exits with 1. It must be alone on the server.
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <stdexcept>
#include <string>

#include "connection.h"
#include "vectors.h"

using tcpchat::v1::BROADCAST;
using tcpchat::v1::ChatMessage;
using tcpchat::v1::ECHO;
using tcpchat::v1::MessageType;

namespace {

ChatMessage Message(const std::string& content, MessageType type, const std::string& id = "") {
  ChatMessage message;
  message.set_content(content);
  message.set_type(type);
  message.set_id(id);
  return message;
}

void Require(bool holds, const std::string& what, const ChatMessage& message) {
  if (!holds) throw std::runtime_error(what + ": {" + message.ShortDebugString() + "}");
}

// What a bare session receives has two fields and nothing else, not even unknown ones.
void RequireBare(const ChatMessage& message, const std::string& content, MessageType type) {
  Require(vectors::Serialized(message) == vectors::Serialized(Message(content, type)),
          "a bare session should have got \"" + content + "\" alone", message);
}

void RequireBroadcast(const ChatMessage& message, const ChatMessage& sent,
                      const std::string& sender, uint64_t seq) {
  const int64_t now = std::time(nullptr);
  const auto& sent_at = message.sent_at();
  Require(message.content() == sent.content(), "content should be as it was sent", message);
  Require(message.type() == BROADCAST, "type should be BROADCAST", message);
  Require(message.id() == sent.id(), "id should be as it was sent", message);
  Require(message.room() == "lobby", "room should be lobby", message);
  Require(sender.empty() ? message.sender().rfind("guest-", 0) == 0 : message.sender() == sender,
          "sender should be " + (sender.empty() ? "a guest" : sender), message);
  Require(message.seq() == seq, "seq should be " + std::to_string(seq), message);
  Require(message.has_sent_at() && std::llabs(sent_at.seconds() - now) < 60 &&
              sent_at.nanos() >= 0 && sent_at.nanos() < 1'000'000'000 &&
              sent_at.nanos() % 1'000'000 == 0,
          "sent_at should be now, in milliseconds", message);
  Require(message.control_case() == ChatMessage::CONTROL_NOT_SET,
          "there should be no control message", message);
}

const char kGreeting[] = u8"Grüße, 世界 👩‍👩‍👧‍👦";

void EchoBare(Connection& bare) {
  for (const std::string& content :
       {std::string("hi"), std::string(), std::string(kGreeting), std::string(4096, 'x'),
        std::string("\xEF\xBB\xBFwith a byte order mark"), std::string("nul\0nul", 7)}) {
    bare.Send(Message(content, ECHO));
    RequireBare(bare.Receive("an echo"), "(echo)" + content, ECHO);
  }
  std::cout << "bare: echoes come back, marked\n";

  bare.Send(Message("", BROADCAST));
  const ChatMessage error = bare.Receive("an error");
  RequireBare(error, error.content(), ECHO);
  Require(error.content().rfind("(error)", 0) == 0, "there should be an error", error);
  std::cout << "bare: a broadcast of nothing is refused: " << error.content() << "\n";
}

void SayHello(Connection& full, const std::string& name) {
  ChatMessage request;
  request.set_id("r1");
  request.mutable_hello()->set_version(1);
  request.mutable_hello()->set_name(name);
  request.mutable_hello()->set_client("interop-cpp/1");
  full.Send(request);
  const ChatMessage answer = full.Receive("a welcome");
  const auto& welcome = answer.welcome();
  Require(answer.has_welcome() && answer.id() == "r1" && answer.content().empty() &&
              welcome.name() == name && welcome.version() == 1 && !welcome.session_id().empty() &&
              !welcome.server().empty(),
          "there should be a welcome", answer);
  Require(welcome.limits().frame_bytes_max() == 65536 &&
              welcome.limits().content_bytes_max() == 4096 &&
              welcome.limits().id_bytes_max() == 64,
          "the limits should be those of chat.proto", answer);
  std::cout << "full: " << welcome.server() << " welcomes " << welcome.name() << "\n";
}

// Broadcasts of a bare and of a full session reach both, in one order.
void Broadcast(Connection& bare, Connection& full, const std::string& name) {
  const ChatMessage from_full = Message(kGreeting, BROADCAST, "m1");
  full.Send(from_full);
  const ChatMessage first = full.Receive("one's own broadcast");
  RequireBroadcast(first, from_full, name, first.seq());
  Require(first.seq() >= 1, "seq should be 1 or more", first);
  const ChatMessage ack = full.Receive("an ack");
  Require(ack.ack().id() == "m1" && ack.ack().room() == "lobby" &&
              ack.ack().seq() == first.seq() && !ack.ack().duplicate(),
          "the ack should have the id and the number of the broadcast", ack);
  RequireBare(bare.Receive("a broadcast"), "(broadcast)" + from_full.content(), BROADCAST);

  const ChatMessage from_bare = Message("hi", BROADCAST);
  bare.Send(from_bare);
  RequireBare(bare.Receive("one's own broadcast"), "(broadcast)hi", BROADCAST);
  RequireBroadcast(full.Receive("a broadcast"), from_bare, "", first.seq() + 1);
  std::cout << "both: broadcasts reach bare and full sessions, numbers " << first.seq() << " and "
            << first.seq() + 1 << "\n";
}

void AskAsFull(Connection& full) {
  full.Send(Message(kGreeting, ECHO, "m2"));
  const ChatMessage echo = full.Receive("an echo");
  Require(echo.content() == kGreeting && echo.type() == ECHO && echo.id() == "m2" &&
              echo.seq() == 0,
          "the echo should be as it was sent, without a number", echo);

  ChatMessage ping;
  ping.set_id("p1");
  ping.mutable_ping()->set_nonce(4'000'000'000);
  full.Send(ping);
  const ChatMessage pong = full.Receive("a pong");
  Require(pong.id() == "p1" && pong.pong().nonce() == 4'000'000'000,
          "there should be a pong with its nonce", pong);

  full.Send(Message("", BROADCAST, "m3"));
  const ChatMessage refusal = full.Receive("an error");
  Require(refusal.error().code() == tcpchat::v1::ERROR_CODE_EMPTY_CONTENT &&
              refusal.error().id() == "m3" && !refusal.error().message().empty(),
          "there should be an EMPTY_CONTENT for m3", refusal);
  std::cout << "full: echo, pong and error come back\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: " << argv[0] << " HOST PORT < vectors\n";
    return 2;
  }
  // What does not parse is an exception here; the runtime need not say so, too.
  google::protobuf::SetLogHandler(nullptr);
  try {
    std::cout << "vectors: " << vectors::CheckAll(std::cin) << " are as here\n";
    Connection bare(argv[1], argv[2]);
    EchoBare(bare);
    Connection full(argv[1], argv[2]);
    const std::string name = u8"José";
    SayHello(full, name);
    Broadcast(bare, full, name);
    AskAsFull(full);
    bare.End();
    full.End();
    std::cout << "both: the connections end in good order\n";
  } catch (const std::exception& error) {
    std::cout << "wrong: " << error.what() << "\n";
    return 1;
  }
  google::protobuf::ShutdownProtobufLibrary();
  return 0;
}
