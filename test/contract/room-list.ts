import { expect } from 'chai';
import fc from 'fast-check';
import { Drafts } from '../../src/core/drafts.js';
import type { Storage } from '../../src/core/ports.js';
import { edit, topic } from './store-changes.js';
import { append, draft, trimAll } from './store-drafts.js';

/** What `RoomList` promises. */
export function roomListContract(storageOfTest: () => Storage): void {
  describe('its list of rooms', () => {
    let storage: Storage;

    beforeEach(() => {
      storage = storageOfTest();
    });

    async function make(...names: readonly string[]): Promise<void> {
      await storage.log.append(names.map((room) => ({ room, drafts: Drafts.of([draft('x')]) })));
    }

    async function names(prefix = '', after = '', roomsMax = 100): Promise<string[]> {
      const rooms = await storage.rooms.list({ prefix, after, roomsMax });
      return rooms.map(({ name }) => name);
    }

    it('is empty where nothing was said', async () => {
      await storage.log.state('lobby');
      await storage.log.append([{ room: 'lobby', drafts: Drafts.of([edit(1, 'x')]) }]);
      expect(await names()).to.be.empty;
    });

    it('has each room with its topic and its newest number', async () => {
      await append(storage.log, 'b', 3);
      await append(storage.log, 'a', 1, () => topic('about a'));
      await append(storage.log, 'b', 1, () => topic('about b'));
      expect(await storage.rooms.list({ prefix: '', after: '', roomsMax: 9 })).to.deep.equal([
        { name: 'a', topic: 'about a', headSeq: 1 },
        { name: 'b', topic: 'about b', headSeq: 4 },
      ]);
    });

    it('has a room of which nothing is kept any more', async () => {
      await append(storage.log, 'old', 2, () => draft('x', { sentAtMs: 1 }));
      await trimAll(storage.log, { entriesMax: 0, sinceMs: 2 });
      expect(await storage.rooms.list({ prefix: 'o', after: '', roomsMax: 9 })).to.deep.equal([
        { name: 'old', topic: '', headSeq: 2 },
      ]);
    });

    it('is in the order of bytes, and begins with a prefix and after a name', async () => {
      await make('dev', 'devops', 'Dev', 'de', 'dew', 'ｚ', '😀', 'é', 'dev-web');
      const sorted = ['Dev', 'de', 'dev', 'dev-web', 'devops', 'dew', 'é', 'ｚ', '😀'];
      expect(await names()).to.deep.equal(sorted);
      expect(await names('', '', 2)).to.deep.equal(['Dev', 'de']);
      expect(await names('', 'de', 2)).to.deep.equal(['dev', 'dev-web']);
      expect(await names('dev')).to.deep.equal(['dev', 'dev-web', 'devops']);
      expect(await names('dev', 'dev')).to.deep.equal(['dev-web', 'devops']);
      expect(await names('dev', 'dev-x', 1)).to.deep.equal(['devops']);
      expect(await names('dev', 'a')).to.deep.equal(['dev', 'dev-web', 'devops']);
      expect(await names('dev', 'dew')).to.be.empty;
      expect(await names('d%')).to.be.empty;
      expect(await names('😀')).to.deep.equal(['😀']);
      expect(await names('', '😀')).to.be.empty;
    });

    it('gives all, page by page, of whatever names', async () => {
      const texts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 });
      const few = fc.string({ unit: fc.constantFrom('a', 'b', '\u{ffff}', '😀'), maxLength: 3 });
      const name = fc.oneof(few, texts).filter((text) => text !== '');
      const made = new Set<string>();
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(name, { maxLength: 8, minLength: 1 }),
          few,
          fc.integer({ min: 1, max: 5 }),
          async (some, prefix, roomsMax) => {
            await make(...some);
            for (const one of some) made.add(one);
            const expected = [...made].filter((one) => one.startsWith(prefix));
            const bytewise = (a: string, b: string): number =>
              Buffer.compare(Buffer.from(a), Buffer.from(b));
            const listed: string[] = [];
            for (let page = await names(prefix, '', roomsMax); page.length > 0;) {
              expect(page.length).to.be.at.most(roomsMax);
              listed.push(...page);
              page = await names(prefix, page.at(-1), roomsMax);
            }
            expect(listed).to.deep.equal(expected.sort(bytewise));
          },
        ),
        { numRuns: 30 },
      );
    });

    it('sees every append that has settled', async () => {
      for (let count = 1; count <= 20; count += 1) {
        await append(storage.log, `room-${count}`, 1);
        expect(await names('', '', 100)).to.have.length(count);
      }
    });
  });
}
