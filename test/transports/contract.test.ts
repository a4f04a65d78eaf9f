import { transportContract } from '../contract/transport.js';
import { tcp } from '../contract/transport/tcp.js';
import { binaryWebSocket, jsonWebSocket } from '../contract/transport/websocket.js';

for (const transport of [tcp, binaryWebSocket, jsonWebSocket]) transportContract(transport);
