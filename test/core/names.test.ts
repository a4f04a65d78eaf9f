import { expect } from 'chai';
import { setImmediate } from 'node:timers/promises';
import { Names } from '../../src/core/names.js';
import type { HeldName, NameRecord } from '../../src/core/ports.js';
import { ManualTime } from '../support/manual-time.js';

const holdMs = 1000;

/** A record that a test looks into, and that takes nothing while it fails. */
class Record implements NameRecord {
  readonly held = new Map<string, HeldName>();
  isFailing = false;
  writes = 0;

  async names(): Promise<readonly HeldName[]> {
    return [...this.held.values()];
  }

  async saveNames(names: readonly HeldName[]): Promise<void> {
    this.writes += 1;
    await setImmediate();
    if (this.isFailing) throw new Error('the disk is full');
    for (const one of names) {
      if (one.name === '') this.held.delete(one.person);
      else this.held.set(one.person, one);
    }
  }

  until(person: string): number | undefined {
    return this.held.get(person)?.untilMs;
  }
}

describe('Names', () => {
  let record: Record;
  let nowMs: number;
  let names: Names;
  let time: ManualTime;

  async function load(nameHoldMs = holdMs): Promise<Names> {
    const clock = { wallMs: () => nowMs, after: time.after.bind(time) };
    return await Names.load({ record, clock, nameHoldMs });
  }

  /** All writes that were begun are done. */
  async function written(): Promise<void> {
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  }

  beforeEach(async () => {
    record = new Record();
    nowMs = 5000;
    time = new ManualTime();
    names = await load();
  });

  it('belong to who took them, in whatever spelling, and settle on record', async () => {
    await names.take('1', 'alice', true);
    expect([...record.held.values()]).to.deep.equal([{ person: '1', name: 'alice', untilMs: 0 }]);
    for (const name of ['alice', 'ALICE', 'aIice']) expect(names.ownerOf(name)).to.equal('1');
    expect(names.ownerOf('bob')).to.equal(undefined);
    expect([names.of('1'), names.of('2')]).to.deep.equal(['alice', '']);
  });

  it('are reserved from the moment of the call', async () => {
    const taken = names.take('1', 'alice', true);
    expect(names.ownerOf('alice')).to.equal('1');
    await taken;
  });

  it('are kept for a while when their owner has left, and free after that', async () => {
    await names.take('1', 'alice', true);
    names.left('1');
    await written();
    expect(record.until('1')).to.equal(6000);
    nowMs = 5999;
    expect([names.ownerOf('alice'), names.of('1')]).to.deep.equal(['1', 'alice']);
    nowMs = 6000;
    expect([names.ownerOf('alice'), names.of('1')]).to.deep.equal([undefined, '']);
    await written();
    expect(record.held.size).to.equal(0);
  });

  it('are kept for as long as their owner is here again', async () => {
    await names.take('1', 'alice', true);
    names.left('1');
    names.came('1');
    nowMs = 50_000;
    expect(names.ownerOf('alice')).to.equal('1');
    await written();
    expect(record.until('1')).to.equal(0);
  });

  it('give the earlier name of a person free at once', async () => {
    await names.take('1', 'alice', true);
    await names.take('1', 'bob', true);
    expect([names.ownerOf('alice'), names.ownerOf('bob')]).to.deep.equal([undefined, '1']);
    expect([...record.held.values()].map(({ name }) => name)).to.deep.equal(['bob']);
  });

  it('are not kept for who cannot come back, nor where the time for that is 0', async () => {
    await names.take('1', 'alice', false);
    names.left('1');
    expect(names.ownerOf('alice')).to.equal(undefined);
    expect(record.writes).to.equal(0);
    const others = await load(0);
    await others.take('1', 'alice', true);
    others.left('1');
    expect(others.ownerOf('alice')).to.equal(undefined);
    await written();
    expect(record.held.size).to.equal(0);
  });

  it('are those of the record after a restart, with their time', async () => {
    await names.take('1', 'alice', true);
    await names.take('2', 'bob', true);
    names.left('1');
    await written();
    nowMs = 5500;
    const again = await load();
    expect([again.of('1'), again.of('2')]).to.deep.equal(['alice', 'bob']);
    nowMs = 6000;
    expect([again.of('1'), again.of('2')], 'bob was here until the end').to.deep.equal(['', 'bob']);
    nowMs = 6500;
    expect(again.of('2')).to.equal('');
  });

  it('are given also while nothing can be recorded, and recorded with the next one', async () => {
    record.isFailing = true;
    await names.take('1', 'alice', true);
    expect(names.ownerOf('alice')).to.equal('1');
    expect(record.held.size).to.equal(0);
    record.isFailing = false;
    await names.take('2', 'bob', true);
    expect([...record.held.keys()]).to.have.members(['1', '2']);
  });

  it('are given after a while when the record does not answer', async () => {
    let isGiven = false;
    record.saveNames = async () => await new Promise<void>(() => {});
    const taken = names.take('1', 'alice', true).then(() => (isGiven = true));
    await written();
    time.advance(1999);
    await written();
    expect(isGiven).to.equal(false);
    time.advance(1);
    await taken;
    expect(names.ownerOf('alice')).to.equal('1');
  });

  it('of many who come and go are written a few times', async () => {
    const all = Array.from({ length: 1000 }, (_, index) => String(index));
    await Promise.all(all.map(async (person) => names.take(person, `name${person}`, true)));
    expect(record.held.size).to.equal(1000);
    for (const person of all) names.left(person);
    await written();
    expect(record.writes).to.be.at.most(12);
  });

  it('of more than a hundred thousand who are away are given up, the oldest first', async () => {
    const many = 100_001;
    const kept = await load();
    record.saveNames = async () => {};
    for (let person = 0; person < many; person += 1) {
      void kept.take(String(person), `x${person}`, true);
      kept.left(String(person));
    }
    expect([kept.of('0'), kept.of('1'), kept.of('100000')]).to.deep.equal(['', 'x1', 'x100000']);
  });
});
