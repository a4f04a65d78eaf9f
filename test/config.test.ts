import { expect } from 'chai';
import {
  ConfigError,
  environmentSource,
  fileSource,
  limitsFrom,
  programSource,
  settingNames,
  settingsFrom,
} from '../src/config.js';
import { schema } from '../src/settings.js';

describe('settings', () => {
  it('have their defaults where nothing is given', () => {
    const settings = settingsFrom();
    for (const name of settingNames) expect(settings[name], name).to.equal(schema[name].default);
  });

  it('come from the sources in turn, later ones winning', () => {
    const file = fileSource('{"port": 1, "host": "::1", "transcripts": true}', 'chat.json');
    const environment = environmentSource({
      TCP_CHAT_PORT: '2',
      TCP_CHAT_RATE_LIMIT: '0',
      HOME: '/',
    });
    const settings = settingsFrom(file, environment, programSource({ port: 3 }));
    expect(settings).to.include({ host: '::1', port: 3, transcripts: true, rateLimit: 0 });
  });

  for (const [what, read, message] of [
    [
      'a file with an unknown key',
      () => fileSource('{"prot": 1}', 'c.json'),
      'unknown setting in c.json: prot',
    ],
    ['a file that is no JSON', () => fileSource('{', 'c.json'), 'c.json is not JSON'],
    [
      'a file that holds no object',
      () => fileSource('[]', 'c.json'),
      'c.json does not contain a JSON object',
    ],
    [
      'an unknown variable',
      () => environmentSource({ TCP_CHAT_PROT: '1' }),
      'unknown variable TCP_CHAT_PROT',
    ],
    [
      'a number out of range',
      () => environmentSource({ TCP_CHAT_PORT: '65536' }),
      'TCP_CHAT_PORT must be a whole number from 0 to 65535',
    ],
    [
      'a fraction',
      () => fileSource('{"port": 1.5}', 'c.json'),
      'port in c.json must be a whole number',
    ],
    [
      'an empty number',
      () => environmentSource({ TCP_CHAT_PORT: '' }),
      'TCP_CHAT_PORT must be a whole number',
    ],
    [
      'a key that objects have anyway',
      () => fileSource('{"toString": 1}', 'c.json'),
      'unknown setting in c.json: toString',
    ],
    [
      'messages that do not fit into a frame',
      () => programSource({ contentBytesMax: 65_500 }),
      'frameBytesMax must be at least contentBytesMax + 1024, which is 66524',
    ],
    [
      'a number for a text',
      () => fileSource('{"host": 5}', 'c.json'),
      'host in c.json must be a text',
    ],
    [
      'a word for a switch',
      () => environmentSource({ TCP_CHAT_TRANSCRIPTS: 'yes' }),
      'TCP_CHAT_TRANSCRIPTS must be true or false',
    ],
  ] as const) {
    it(`refuse ${what}, and say where it stands`, () => {
      expect(() => settingsFrom(read())).to.throw(ConfigError, message);
    });
  }

  it('that are lists may be given part by part', () => {
    const file = fileSource('{"allowOrigin": ["http://a", "http://b"]}', 'c.json');
    expect(settingsFrom(file).allowOrigin).to.equal('http://a,http://b');
    const host = fileSource('{"host": ["a", "b"]}', 'c.json');
    expect(() => settingsFrom(host)).to.throw(ConfigError, 'host in c.json must be a text');
    const numbers = fileSource('{"allowOrigin": [5]}', 'c.json');
    expect(() => settingsFrom(numbers)).to.throw(ConfigError, 'allowOrigin: 5 is not an origin');
  });

  it('become the limits that sessions are told', () => {
    const limits = limitsFrom(settingsFrom(programSource({ rateLimit: 50, contentBytesMax: 10 })));
    expect(limits).to.include({ messagesPerSecond: 50, messageBurst: 200, contentBytesMax: 10 });
  });
});
