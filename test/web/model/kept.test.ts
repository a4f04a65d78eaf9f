import { expect } from 'chai';
import { Kept } from '../../../src/web/model/kept.js';
import {
  readDrafts,
  readIdentity,
  readPreferences,
  readRooms,
  readTab,
  readVisit,
} from '../../../src/web/model/kept-values.js';

const nothing = [null, undefined, 0, 'text', [], {}, { rooms: 7, name: [], theme: 'loud' }];

describe('what the page keeps', () => {
  it('is there again, under names of its own', () => {
    const storage = new Map<string, string>();
    const keptIn = {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, text: string) => void storage.set(key, text),
    };
    const rooms = { rooms: [{ room: 'dev', read: { epoch: 'e', seq: 7 } }], current: 'dev' };
    new Kept(keptIn, 'rooms', readRooms).write(rooms);
    expect([...storage.keys()]).to.deep.equal(['tcp-chat.rooms']);
    expect(new Kept(keptIn, 'rooms', readRooms).read()).to.deep.equal(rooms);
  });

  it('is changed from what another tab has made of it', () => {
    const storage = new Map<string, string>();
    const keptIn = {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, text: string) => void storage.set(key, text),
    };
    const [one, other] = ['one', 'other'].map(() => new Kept(keptIn, 'drafts', readDrafts));
    one!.write({ dev: 'text' });
    other!.update((drafts) => ({ ...drafts, ops: 'more' }));
    expect(one!.read()).to.deep.equal({ dev: 'text', ops: 'more' });
  });

  it('is as at the first time where nothing can be kept, or was not written by the page', () => {
    const throwing = {
      getItem: (): string => {
        throw new Error('forbidden');
      },
      setItem: (): void => {
        throw new Error('no room');
      },
    };
    const garbled = { getItem: () => '{', setItem: () => {} };
    for (const keptIn of [undefined, throwing, garbled]) {
      const kept = new Kept(keptIn, 'drafts', readDrafts);
      kept.write({ dev: 'text' });
      expect(kept.read()).to.deep.equal({});
    }
  });

  it('is read with care, whatever is there', () => {
    for (const json of nothing) {
      expect(readIdentity(json)).to.equal(undefined);
      expect(readRooms(json)).to.deep.equal({ rooms: [], current: '' });
      expect(readPreferences(json)).to.deep.equal({ theme: 'system', notifies: false });
      expect(readTab(json)).to.deep.equal({ device: '', person: '', messages: [] });
      expect(readVisit(json)).to.deep.equal({ slot: 0, hasLeft: false, room: '' });
    }
    expect(readDrafts({ dev: 'text', ops: 7 })).to.deep.equal({ dev: 'text', ops: '' });
    expect(
      readRooms({ rooms: [{ room: 'dev', read: { seq: 'x' } }, { room: 'No Room' }, 7] }).rooms,
    ).to.deep.equal([{ room: 'dev', read: undefined }]);
  });
});
