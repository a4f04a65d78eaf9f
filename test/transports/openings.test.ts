import { expect } from 'chai';
import fc from 'fast-check';
import { openingOf } from '../../src/transports/openings.js';
import { frame } from '../support/bytes.js';
import { reflection } from '../support/reflection.js';

describe('openingOf', () => {
  for (const [beginning, protocol] of [
    ['GET / HTTP/1.1', 'HTTP'],
    ['PROPFIND /', 'HTTP'],
    ['PRI * HTTP/2.0', 'HTTP'],
    ['SSH-2.0-OpenSSH', 'SSH'],
    ['PROXY TCP4 192.0.2.1', 'PROXY 1'],
    ['\r\n\r\n\0\r\nQUIT\n\x21', 'PROXY 2'],
    ['\x16\x03\x01\x02\x00\x01', 'TLS'],
  ] as const) {
    it(`knows ${protocol} by ${JSON.stringify(beginning)}`, () => {
      expect(openingOf(Buffer.from(beginning, 'latin1'))).to.equal(protocol);
    });
  }

  it('takes no stream of frames for another protocol', async () => {
    const { messages, write } = await reflection();
    fc.assert(
      fc.property(fc.array(messages, { minLength: 2, maxLength: 3 }), (sent) => {
        const bodies = sent.map((message) => write(message));
        const stream = Buffer.concat(bodies.map((body) => frame(body)));
        expect(openingOf(stream)).to.equal('frames');
      }),
    );
  });
});
