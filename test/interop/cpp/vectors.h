// Holds protobuf's C++ runtime against the conformance vectors.
#pragma once

#include <istream>
#include <sstream>
#include <stdexcept>
#include <string>

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <google/protobuf/util/json_util.h>

#include "tcpchat/v1/chat.pb.h"

namespace vectors {

inline std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t at = 0; at + 1 < hex.size(); at += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16)));
  }
  return bytes;
}

// Whether `frame` is one whole frame with a message.
inline bool Parse(const std::string& frame, tcpchat::v1::ChatMessage* message) {
  google::protobuf::io::ArrayInputStream input(frame.data(), static_cast<int>(frame.size()));
  return google::protobuf::util::ParseDelimitedFromZeroCopyStream(message, &input, nullptr) &&
         input.ByteCount() == static_cast<int64_t>(frame.size());
}

inline std::string Json(const tcpchat::v1::ChatMessage& message) {
  std::string json;
  if (const auto status = google::protobuf::util::MessageToJsonString(message, &json);
      !status.ok()) {
    throw std::runtime_error("no JSON for it: " + status.ToString());
  }
  return json;
}

inline std::string Serialized(const tcpchat::v1::ChatMessage& message) {
  std::string frame;
  {
    google::protobuf::io::StringOutputStream output(&frame);
    google::protobuf::util::SerializeDelimitedToZeroCopyStream(message, &output);
  }
  return frame;
}

// One vector. Throws when this runtime sees it otherwise.
inline void Check(const std::string& kind, const std::string& hex, const std::string& json) {
  const std::string frame = FromHex(hex);
  tcpchat::v1::ChatMessage message;
  const bool is_message = Parse(frame, &message);
  if (kind == "invalid") {
    if (is_message) throw std::runtime_error("it was read as " + Json(message));
    return;
  }
  if (!is_message) throw std::runtime_error("it was not read");

  tcpchat::v1::ChatMessage expected;
  if (const auto status = google::protobuf::util::JsonStringToMessage(json, &expected);
      !status.ok()) {
    throw std::runtime_error("its JSON was not read: " + status.ToString());
  }
  if (Json(message) != Json(expected)) {
    throw std::runtime_error("it was read as " + Json(message) + ", not as " + Json(expected));
  }
  if (kind == "canonical" && (Serialized(message) != frame || Serialized(expected) != frame)) {
    throw std::runtime_error("it was written as other bytes");
  }
}

// Every vector of `lines`: a kind (canonical, decodeOnly or invalid), name, hex and JSON, with
// tabs between. Returns how many there were; throws at the first that is seen otherwise here.
inline int CheckAll(std::istream& lines) {
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    std::istringstream fields(line);
    std::string kind, name, hex, json;
    std::getline(fields, kind, '\t');
    std::getline(fields, name, '\t');
    std::getline(fields, hex, '\t');
    std::getline(fields, json, '\t');
    try {
      Check(kind, hex, json);
    } catch (const std::exception& error) {
      throw std::runtime_error(kind + " vector \"" + name + "\": " + error.what());
    }
  }
  return count;
}

}  // namespace vectors
