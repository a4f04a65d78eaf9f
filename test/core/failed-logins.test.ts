import { expect } from 'chai';
import { FailedLogins } from '../../src/core/failed-logins.js';
import { ManualTime } from '../support/manual-time.js';

describe('logins that fail', () => {
  let time: ManualTime;
  let logins: FailedLogins;

  const fail = (address = '192.0.2.1'): number => logins.failed(address, time.monotonicMs());
  const failures = (count: number, address?: string): number[] =>
    Array.from({ length: count }, () => fail(address));

  beforeEach(() => {
    time = new ManualTime();
    logins = new FailedLogins();
  });

  it('may be ten at once, and three per minute after that', () => {
    expect(failures(10)).to.deep.equal(new Array(10).fill(0));
    expect(fail()).to.equal(20_000);
    time.advance(19_999);
    expect(fail()).to.equal(1);
    time.advance(1);
    expect(failures(2)).to.deep.equal([0, 20_000]);
    time.advance(60_000);
    expect(failures(4)).to.deep.equal([0, 0, 0, 20_000]);
  });

  it('are not made longer by those that were too many', () => {
    failures(1000);
    expect(fail()).to.equal(20_000);
    time.advance(20_000);
    expect(fail()).to.equal(0);
  });

  it('count for their own network alone, which is 64 bits of IPv6', () => {
    failures(10);
    expect(fail('192.0.2.2')).to.equal(0);
    expect(fail('::ffff:192.0.2.1')).to.equal(20_000);
    for (let host = 1; host <= 10; host += 1) expect(fail(`2001:db8::${host}`)).to.equal(0);
    expect(fail('2001:db8::ffff')).to.equal(20_000);
    expect(fail('2001:db8:0:1::1')).to.equal(0);
  });

  it('are forgotten when nothing has failed for as long as it takes to have all ten again', () => {
    failures(11);
    fail('192.0.2.2');
    expect(logins.size).to.equal(2);
    time.advance(199_999);
    fail('192.0.2.2');
    expect(logins.size).to.equal(2);
    time.advance(1);
    fail('192.0.2.3');
    expect(logins.size).to.equal(2);
    expect(failures(11)).to.deep.equal([...new Array<number>(10).fill(0), 20_000]);
  });

  it('are remembered of ten thousand networks; the one that failed longest ago goes', () => {
    const address = (index: number): string => `10.0.${index >> 8}.${index & 255}`;
    failures(11, address(0));
    failures(11, address(1));
    for (let index = 2; index < 10_000; index += 1) fail(address(index));
    expect(logins.size).to.equal(10_000);
    // It has failed again, so that it is not the oldest any more.
    expect(fail(address(0))).to.equal(20_000);
    fail('192.0.2.1');
    expect(logins.size).to.equal(10_000);
    expect(fail(address(0))).to.equal(20_000);
    expect(fail(address(1))).to.equal(0);
  });
});
