import { expect } from 'chai';
import { jsonProtocol, WebSocketClient, type Json } from '../support/websocket-client.js';
import { whileAllChat } from '../support/websocket-scene.js';

const options = { protocols: [jsonProtocol] };

/** Not JSON, or not of a ChatMessage (https://protobuf.dev/programming-guides/json). */
const refused: readonly (readonly [what: string, text: string])[] = [
  ['nothing', ''],
  ['a sentence', 'hello'],
  ['half an object', '{"content":"hi"'],
  ['two objects', '{"content":"a"}{"content":"b"}'],
  ['an object and a comma', '{"content":"a"},'],
  ['single quotes', "{'content':'a'}"],
  ['a comma too many', '{"content":"a",}'],
  ['a comment', '{"content":"a"} // hi'],
  ['a list', '[{"content":"a"}]'],
  ['a text', '"hi"'],
  ['a number', '1'],
  ['null', 'null'],
  ['true', 'true'],
  ['a control character in a text', '{"content":"a\nb"}'],
  ['NaN', '{"content":"a","type":NaN}'],
  ['a number as content', '{"content":1}'],
  ['a list as content', '{"content":["a"]}'],
  ['an object as content', '{"content":{}}'],
  ['true as content', '{"content":true}'],
  ['a text as control message', '{"hello":"alice"}'],
  ['a list as control message', '{"hello":[]}'],
  ['a text as version', '{"hello":{"version":"one"}}'],
  ['a negative version', '{"hello":{"version":-1}}'],
  ['a broken version', '{"hello":{"version":1.5}}'],
  ['a version beyond 32 bits', '{"hello":{"version":4294967296}}'],
  ['an object in place of a list', '{"hello":{"version":1,"capabilities":{}}}'],
  ['a number in a list of texts', '{"hello":{"version":1,"capabilities":[1]}}'],
  ['true as type', '{"content":"a","type":true}'],
  ['an object as type', '{"content":"a","type":{}}'],
  ['half a character', '{"content":"\\ud83d"}'],
  ['the other half of a character', '{"content":"\\udc4b"}'],
  ['30,000 brackets', '['.repeat(30_000)],
  ['two control messages', '{"ping":{"nonce":1},"members":{}}'],
  ['7,000 objects in one another', '{"hello":'.repeat(7000)],
];

// chat.proto, 12.11: 1007 for a message that cannot be decoded.
describe('a text that is not a ChatMessage in JSON', () => {
  for (const [what, text] of refused) {
    it(
      `is refused in JSON, and closes with 1007: ${what}`,
      whileAllChat(async ({ port }) => {
        using bare = await WebSocketClient.open(port, options);
        bare.sendText(text);
        bare.sendJson({ content: 'after it', type: 'BROADCAST' });
        const { content, type, ...more } = await bare.nextJson();
        expect(content).to.match(/^\(error\)\p{L}.{5,}$/u);
        expect({ type, more }).to.deep.equal({ type: 'ECHO', more: {} });
        expect(await bare.ended()).to.include({ code: 1007 });

        using full = await WebSocketClient.open(port, options);
        full.sendJson({ hello: { version: 1, name: 'mallory' } });
        expect(await full.nextJson()).to.include.keys('welcome');
        full.sendText(text);
        const { error } = (await full.nextJson()) as { error: Json };
        expect(error['code']).to.be.oneOf(['ERROR_CODE_UNDECODABLE', 'ERROR_CODE_INVALID_UTF8']);
        expect(`(error)${String(error['message'])}`).to.equal(content);
        expect(await full.ended()).to.include({ code: 1007 });
      }),
    );
  }

  for (const [what, text, code] of [
    [
      'a control message and content',
      '{"ping":{"nonce":1},"content":"a"}',
      'ERROR_CODE_MIXED_FRAME',
    ],
    [
      'the name of a type that there is not',
      '{"content":"a","type":"SHOUT"}',
      'ERROR_CODE_UNKNOWN_TYPE',
    ],
    ['a type in small letters', '{"content":"a","type":"broadcast"}', 'ERROR_CODE_UNKNOWN_TYPE'],
    ['a server’s control message', '{"ack":{"id":"x"}}', 'ERROR_CODE_NOT_A_REQUEST'],
    ['a second hello', '{"hello":{"version":1}}', 'ERROR_CODE_HELLO_TOO_LATE'],
    ['a room’s name that is none', '{"join":{"room":"Ä"}}', 'ERROR_CODE_BAD_ROOM_NAME'],
  ] as const) {
    it(
      `is another thing than one that is refused by its rules and leaves the connection: ${what}`,
      whileAllChat(async ({ port }) => {
        using full = await WebSocketClient.open(port, options);
        full.sendJson({ hello: { version: 1, name: 'mallory' } });
        expect(await full.nextJson()).to.include.keys('welcome');
        full.sendText(text);
        expect((await full.nextJson())['error']).to.include({ code });
        full.sendJson({ content: 'still here' });
        expect(await full.nextJson()).to.include({ content: 'still here' });
      }),
    );
  }
});
