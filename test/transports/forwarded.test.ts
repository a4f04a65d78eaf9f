import { expect } from 'chai';
import type { IncomingMessage } from 'node:http';
import { AddressRanges } from '../../src/transports/address-ranges.js';
import { clientOf } from '../../src/transports/forwarded.js';
import { ServerNames } from '../../src/transports/server-names.js';

const proxies = new AddressRanges(['10.0.0.0/8', '2001:db8::/32']);

function addressOf(remoteAddress: string, headers: IncomingMessage['headers']): string {
  const socket = { remoteAddress, remotePort: 1 };
  return clientOf({ socket, headers } as unknown as IncomingMessage, proxies).address;
}

describe('clientOf', () => {
  it('believes a header of a trusted proxy only', () => {
    const headers = { 'x-forwarded-for': '192.0.2.7' };
    expect(addressOf('10.1.2.3', headers)).to.equal('192.0.2.7');
    expect(addressOf('::ffff:10.1.2.3', headers)).to.equal('192.0.2.7');
    expect(addressOf('198.51.100.1', headers)).to.equal('198.51.100.1');
  });

  for (const [headers, address] of [
    [{ 'x-forwarded-for': '6.6.6.6, 192.0.2.7' }, '192.0.2.7'],
    [{ 'x-forwarded-for': '192.0.2.7, 10.9.9.9' }, '192.0.2.7'],
    [{ 'x-forwarded-for': '10.8.8.8, 10.9.9.9' }, '10.8.8.8'],
    [{ 'x-forwarded-for': '192.0.2.7:5555' }, '192.0.2.7'],
    [{ 'x-forwarded-for': '2001:db9::7' }, '2001:db9::7'],
    [{ 'x-forwarded-for': 'nonsense, 10.9.9.9' }, '10.9.9.9'],
    [{ 'x-forwarded-for': '' }, '10.0.0.1'],
    [{}, '10.0.0.1'],
    [{ forwarded: 'for=192.0.2.7;proto=https' }, '192.0.2.7'],
    [{ forwarded: 'proto=https; For="192.0.2.7:47011"' }, '192.0.2.7'],
    [{ forwarded: 'for=6.6.6.6, for="[2001:db9::7]:4711"' }, '2001:db9::7'],
    [{ forwarded: 'for=192.0.2.7, for=_hidden' }, '10.0.0.1'],
    [{ forwarded: 'for=unknown' }, '10.0.0.1'],
    [{ forwarded: 'for=192.0.2.7', 'x-forwarded-for': '192.0.2.8' }, '192.0.2.7'],
  ] as const) {
    it(`takes ${JSON.stringify(headers)} for ${address}`, () => {
      expect(addressOf('10.0.0.1', headers)).to.equal(address);
    });
  }
});

describe('AddressRanges', () => {
  it('has addresses and ranges of both kinds', () => {
    const ranges = new AddressRanges(['192.0.2.1', '10.0.0.0/8', '2001:db8::/32', '::1']);
    for (const address of ['192.0.2.1', '10.255.0.1', '::ffff:10.0.0.1', '2001:db8:1::1', '::1']) {
      expect(ranges.has(address), address).to.equal(true);
    }
    for (const address of ['192.0.2.2', '11.0.0.1', '2001:db9::1', '::2', 'unknown', '']) {
      expect(ranges.has(address), address).to.equal(false);
    }
  });

  it('refuses what is none', () => {
    for (const text of ['10.0.0.0/33', '10.0.0', '::1/129', '10.0.0.0/8/8', 'localhost', '1/x']) {
      expect(() => new AddressRanges([text]), text).to.throw(Error, text);
    }
  });
});

describe('ServerNames', () => {
  const names = new ServerNames(['https://chat.example', 'http://other.example:8080/']);

  it('are localhost, addresses and those of the public URLs, whatever the port', () => {
    for (const host of [
      'localhost:4444',
      'LOCALHOST',
      '192.0.2.1:4444',
      '[2001:db8::1]',
      'chat.example',
      'Chat.Example:4444',
      'other.example',
      undefined,
    ]) {
      expect(names.hasHost(host), host).to.equal(true);
    }
    for (const host of ['evil.example', 'chat.example.evil.example', 'localhost.evil.example']) {
      expect(names.hasHost(host), host).to.equal(false);
    }
  });

  it('have the origins of the public URLs', () => {
    expect(names.hasOrigin('https://chat.example')).to.equal(true);
    expect(names.hasOrigin('http://other.example:8080')).to.equal(true);
    expect(names.hasOrigin('http://chat.example')).to.equal(false);
  });

  it('are made of URLs only', () => {
    for (const url of ['chat.example', 'ws://chat.example', 'https://chat.example/path', '']) {
      expect(() => new ServerNames([url]), url).to.throw(Error, url);
    }
  });
});
