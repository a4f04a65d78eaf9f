import { expect } from 'chai';
import { errorFacts, factsOf } from '../../src/protocol/errors.js';
import { ErrorCode } from '../../src/protocol/messages.js';

describe('error codes', () => {
  it('have a sentence each, which fits after "(error)" and ends without a full stop', () => {
    for (const [name, code] of Object.entries(ErrorCode)) {
      if (typeof code === 'string' || code <= 0) continue;
      expect(errorFacts, name).to.have.property(String(code));
      expect(factsOf(code).sentence, name).to.match(/^[a-z].{10,}[^.]$/);
    }
  });

  it('do without one when they are newer than this code', () => {
    expect(factsOf(4711 as ErrorCode)).to.deep.equal({
      sentence: 'refused with code 4711',
      closes: false,
      retryable: false,
      closeCode: 1008,
    });
  });
});
