// A WebSocket client of Boost.Beast, as its documentation shows it: it knows a host and a port, and
// neither a path nor a subprotocol.
//
//   beast HOST PORT UNTIL
//
// Sends the first line of standard input, prints each message, and ends after one with UNTIL in it.
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <iostream>
#include <string>

namespace net = boost::asio;
namespace websocket = boost::beast::websocket;
using tcp = net::ip::tcp;

int main(int count, char** arguments) {
  if (count != 4) return 2;
  const std::string host = arguments[1], port = arguments[2], until = arguments[3];
  net::io_context context;
  tcp::resolver resolver{context};
  websocket::stream<tcp::socket> stream{context};
  net::connect(stream.next_layer(), resolver.resolve(host, port));
  stream.handshake(host + ":" + port, "/");
  std::cout << "connected" << std::endl;
  std::string line;
  if (std::getline(std::cin, line)) stream.write(net::buffer(line));
  for (;;) {
    boost::beast::flat_buffer buffer;
    stream.read(buffer);
    const auto message = boost::beast::buffers_to_string(buffer.data());
    std::cout << message << std::endl;
    if (message.find(until) != std::string::npos) break;
  }
  stream.close(websocket::close_code::normal);
}
