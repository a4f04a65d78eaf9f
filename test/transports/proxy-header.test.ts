import { expect } from 'chai';
import { readProxy1, readProxy2 } from '../../src/transports/proxy-header.js';
import { bytes, hex } from '../support/bytes.js';

const signature = '0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a';

describe('a header of the PROXY protocol', () => {
  const lines = [
    ['PROXY TCP4 192.0.2.7 198.51.100.1 56324 4444\r\n', { address: '192.0.2.7', port: 56324 }],
    ['PROXY TCP6 2001:db8::7 2001:db8::1 1 4444\r\n', { address: '2001:db8::7', port: 1 }],
    ['PROXY TCP6 2001:DB8:0:0::7 2001:db8::1 1 4444\r\n', { address: '2001:db8::7', port: 1 }],
    ['PROXY TCP6 ::FFFF:192.0.2.7 ::1 1 4444\r\n', { address: '192.0.2.7', port: 1 }],
    ['PROXY UNKNOWN\r\n', undefined],
    ['PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n', undefined],
  ] as const;
  for (const [line, peer] of lines) {
    it(`of version 1 is ${JSON.stringify(line)}, when it is there`, () => {
      for (let length = 6; length < line.length; length += 1) {
        expect(readProxy1(bytes(line.slice(0, length)))).to.equal(undefined);
      }
      expect(readProxy1(bytes(line, 'GET /'))).to.deep.equal({ bytes: line.length, peer });
    });
  }

  const headers = [
    ['21 11 00 0c c0 00 02 07 c6 33 64 01 dc 04 11 5c', { address: '192.0.2.7', port: 56324 }],
    [
      `21 21 00 24 20 01 0d b8 ${'00 '.repeat(11)}07 ${'00 '.repeat(16)}00 01 11 5c`,
      { address: '2001:db8::7', port: 1 },
    ],
    [
      `21 21 00 24 ${'00 '.repeat(10)}ff ff c0 00 02 07 ${'00 '.repeat(16)}00 01 11 5c`,
      { address: '192.0.2.7', port: 1 },
    ],
    // With an extra that means nothing here.
    [
      '21 11 00 10 c0 00 02 07 c6 33 64 01 dc 04 11 5c 04 00 01 00',
      { address: '192.0.2.7', port: 56324 },
    ],
    ['20 00 00 00', undefined],
    ['21 00 00 00', undefined],
    ['21 31 00 02 00 00', undefined],
  ] as const;
  for (const [rest, peer] of headers) {
    it(`of version 2 is ${rest}, when it is there`, () => {
      const header = hex(`${signature} ${rest}`);
      for (let length = 12; length < header.length; length += 1) {
        expect(readProxy2(header.subarray(0, length))).to.equal(undefined);
      }
      const read = readProxy2(bytes(header, hex('04 0a 02 68 69')));
      expect(read).to.deep.equal({ bytes: header.length, peer });
    });
  }

  it('is refused when it is none', () => {
    for (const line of [
      'PROXY TCP4 192.0.2 198.51.100.1 1 2\r\n',
      'PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n',
      'PROXY TCP4 192.0.2.7 198.51.100.1 65536 2\r\n',
      'PROXY TCP4 192.0.2.7 198.51.100.1 01 2\r\n',
      'PROXY TCP5 192.0.2.7 198.51.100.1 1 2\r\n',
      `PROXY TCP4 ${'1'.repeat(107)}`,
    ]) {
      expect(() => readProxy1(bytes(line)), line).to.throw(Error, 'PROXY');
    }
    for (const rest of [
      '31 11 00 00',
      '22 11 00 00',
      '21 11 00 0b' + ' 00'.repeat(11),
      '21 11 ff ff',
    ]) {
      expect(() => readProxy2(hex(`${signature} ${rest}`)), rest).to.throw(Error, 'PROXY');
    }
  });
});
