import { expect } from 'chai';
import { netChange, type Change } from '../../src/core/presence-changes.js';
import type { Room } from '../../src/core/room.js';
import { defaultLimits } from '../../src/protocol/limits.js';
import { ManualTime } from '../support/manual-time.js';
import { newRoom, Reader } from '../support/rooms-in-core.js';

/** What a watcher was told of a room, in short: `+alice -bob (3)`, or `all: alice bob (2)`. */
function told(reader: Reader): string[] {
  return reader.received.splice(0).flatMap(({ control }) => {
    if (control?.$case !== 'presence') return [];
    const { joined, left, count, snapshot } = control.presence;
    const names = (list: typeof joined, mark: string): string[] =>
      list.map(({ name }) => mark + name);
    const changes = [...names(joined, snapshot ? '' : '+'), ...names(left, '-')].join(' ');
    return [`${snapshot ? 'all: ' : ''}${changes} (${count})`];
  });
}

describe('what changes come to', () => {
  const alice = { name: 'alice' };
  const bob = { name: 'bob' };
  const came = (name: string) => ({ name, sign: 1 }) as const;
  const went = (name: string) => ({ name, sign: -1 }) as const;

  it('is who came and who went', () => {
    const net = netChange([came('alice'), went('bob')], [alice]);
    expect(net).to.deep.equal({ joined: [alice], left: [bob], renamed: [] });
  });

  it('is nothing for somebody who came and went, or went and came', () => {
    const changes = [came('alice'), went('bob'), went('alice'), came('bob')];
    expect(netChange(changes, [bob])).to.deep.equal({ joined: [], left: [], renamed: [] });
  });

  it('names who has another name, over whatever steps, and nobody who is called as before', () => {
    const renamed = (before: string, name: string): Change[] => [
      { name: before, sign: -1 },
      { name, sign: 1, before },
    ];
    const steps = [...renamed('alice', 'al'), ...renamed('al', 'alicia')];
    expect(netChange(steps, [{ name: 'alicia' }])).to.deep.equal({
      joined: [{ name: 'alicia' }],
      left: [alice],
      renamed: [{ before: 'alice', name: 'alicia' }],
    });
    const thereAndBack = [...renamed('alice', 'al'), ...renamed('al', 'alice')];
    expect(netChange(thereAndBack, [alice])).to.deep.equal({ joined: [], left: [], renamed: [] });
    const swapped = [
      ...renamed('alice', 'x'),
      ...renamed('bob', 'alice'),
      ...renamed('x', 'bob'),
      went('alice'),
    ];
    expect(netChange(swapped, [bob]).left).to.deep.equal([alice]);
  });

  it('is nothing for a name that went and is still there', () => {
    expect(netChange([went('bob')], [bob])).to.deep.equal({ joined: [], left: [], renamed: [] });
  });
});

describe('Presence', () => {
  let time: ManualTime;
  let room: Room;
  let watcher: Reader;

  /** A room that lists at most so many, with one who watches. */
  function open(membersListedMax: number): void {
    time = new ManualTime();
    room = newRoom('dev', { clock: time, limits: { ...defaultLimits, membersListedMax } });
    watcher = new Reader(room, 'watcher');
    room.presence.watch(watcher);
    time.advance(1000);
    watcher.received.length = 0;
  }

  beforeEach(() => open(4));

  it('tells everything at first, and then what changes, together', () => {
    const alice = new Reader(room, 'alice');
    room.presence.watch(alice);
    expect(told(alice)).to.deep.equal(['all: watcher alice (2)']);
    const bob = new Reader(room, 'bob');
    room.leave(bob);
    new Reader(room, 'carol');
    expect(told(watcher)).to.deep.equal([]);
    time.advance(100);
    expect(told(watcher)).to.deep.equal(['+alice +carol (3)']);
    expect(told(alice)).to.deep.equal(['+carol (3)']);
  });

  it('tells nothing when nothing has changed in the end', () => {
    room.leave(new Reader(room, 'alice'));
    time.advance(1000);
    expect(told(watcher)).to.deep.equal([]);
  });

  it('keeps nothing, and looks at no clock, for a room that nobody watches', () => {
    room.presence.unwatch(watcher);
    new Reader(room, 'alice');
    expect(time.pending).to.equal(0);
  });

  it('tells one that was not live everything, once it is live again', () => {
    room.removeLive(watcher);
    const alice = new Reader(room, 'alice');
    time.advance(1000);
    room.leave(alice);
    new Reader(room, 'bob');
    time.advance(1000);
    expect(told(watcher)).to.deep.equal([]);
    room.addLive(watcher);
    expect(told(watcher)).to.deep.equal(['all: watcher bob (2)']);
    room.leave(alice);
    room.removeLive(watcher);
    room.addLive(watcher);
    expect(told(watcher)).to.deep.equal([]);
  });

  it('only counts while there are more than are listed, and lists again after that', () => {
    const others = ['a', 'b', 'c', 'd'].map((name) => new Reader(room, name));
    time.advance(1000);
    expect(told(watcher)).to.deep.equal(['all:  (5)']);
    room.leave(others[0]!);
    time.advance(1000);
    expect(told(watcher)).to.deep.equal(['all: watcher b c d (4)']);
    room.leave(others[1]!);
    time.advance(1000);
    expect(told(watcher)).to.deep.equal(['-b (3)']);
  });

  it('waits longer where there is a crowd', () => {
    for (const name of ['a', 'b', 'c', 'd']) new Reader(room, name);
    time.advance(100);
    told(watcher);
    new Reader(room, 'e');
    time.advance(999);
    expect(told(watcher)).to.deep.equal([]);
    time.advance(1);
    expect(told(watcher)).to.deep.equal(['all:  (6)']);
  });

  it('goes on to those who watch when one of them takes no more', () => {
    const slow = new Reader(room, 'slow');
    room.presence.watch(slow);
    time.advance(1000);
    told(slow);
    slow.isFull = true;
    new Reader(room, 'alice');
    time.advance(1000);
    told(slow);
    told(watcher);
    new Reader(room, 'bob');
    time.advance(1000);
    expect(told(slow)).to.deep.equal([]);
    expect(told(watcher)).to.deep.equal(['+bob (4)']);
  });
});
