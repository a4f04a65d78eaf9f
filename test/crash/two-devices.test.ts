import { expect } from 'chai';
import { connect, type Ack, type ChatClient } from '../../src/index.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { Random } from '../support/random.js';
import { ServerLives } from './server-lives.js';

const devices = ['phone', 'laptop'] as const;
const roundCount = 3;
const messagesPerRound = 20;

// chat.proto, "Person, device, session" and "Sending, once".
describe('one person on two devices, each with unacked messages and edits, when the server is killed', () => {
  it('has each of them in the room once, in the order of its device', async () => {
    const folder = await makeFolder();
    const lives = await ServerLives.begin(folder, new Random(Date.now()));
    const clients: ChatClient[] = [];
    let isUp = true;
    try {
      await lives.listening();
      const enter = async (options: Parameters<typeof connect>[1]): Promise<ChatClient> => {
        const client = await connect(`tcp://127.0.0.1:${lives.port}`, options);
        clients.push(client);
        client.on('state', ({ kind }) => {
          // By itself it would wait longer each time.
          if (kind === 'waiting' && isUp) queueMicrotask(() => client.reconnect());
        });
        return client;
      };
      const reader = await enter({ name: 'bob' });
      const heard: string[] = [];
      const edits: string[] = [];
      reader.on('message', ({ sender, content }) => heard.push(`${sender}: ${content}`));
      reader.on('edited', ({ sender, content }) => edits.push(`${sender}: ${content}`));

      const person = { name: 'alice', claim: 'a secret that alice has made up' };
      const own: ChatClient[] = [];
      for (const device of devices) own.push(await enter({ ...person, device }));
      const editable = new Map<ChatClient, number>();
      for (let round = 0; round < roundCount; round += 1) {
        const under: Array<Array<Promise<Ack>>> = own.map(() => []);
        // Both use the same ids, which are those of different messages.
        const say = (number: number): void => {
          for (const [index, client] of own.entries()) {
            const text = `${round}.${number} on the ${devices[index]}`;
            const id = `${round}-${number}`;
            under[index]!.push(client.send(text, { id }));
            const seq = editable.get(client);
            if (seq === undefined) continue;
            under[index]!.push(client.edit('lobby', seq, `edit ${text}`, { id: `edit-${id}` }));
          }
        };
        const half = messagesPerRound / 2;
        for (let number = 0; number < half; number += 1) say(number);
        await Promise.race(under.flat());
        // Of these it is stored what the server gets to, and nobody knows how much that is.
        for (let number = half; number < messagesPerRound; number += 1) say(number);
        await new Promise(setImmediate);
        expect(own.every((client) => client.unconfirmed.length > 0)).to.equal(true);
        isUp = false;
        await lives.killAndBegin();
        await lives.listening();
        isUp = true;
        for (const client of clients) if (client.state.kind === 'waiting') client.reconnect();
        for (const [index, asked] of under.entries()) {
          const acks = await Promise.all(asked);
          const seqs = acks.map(({ seq }) => seq);
          expect(seqs).to.deep.equal(seqs.toSorted((one, other) => one - other));
          editable.set(own[index]!, seqs[0]!);
        }
      }

      const last = await reader.send('the end');
      while (!heard.includes('bob: the end')) {
        await new Promise<void>((resolve) => {
          const stop = reader.on('message', () => {
            stop();
            resolve();
          });
        });
      }
      const changes = edits.length;
      expect(last.seq).to.equal(heard.length + changes);
      for (const device of devices) {
        const all = Array.from({ length: roundCount }, (_, round) =>
          Array.from(
            { length: messagesPerRound },
            (__, number) => `${round}.${number} on the ${device}`,
          ),
        );
        const isOfDevice = (text: string): boolean => text.endsWith(device);
        expect(heard.filter(isOfDevice)).to.deep.equal(all.flat().map((text) => `alice: ${text}`));
        const edited = all.slice(1).flat();
        expect(edits.filter(isOfDevice)).to.deep.equal(edited.map((text) => `alice: edit ${text}`));
      }
    } finally {
      await Promise.all(clients.map((client) => client.close()));
      await lives.stop();
      await removeFolder(folder);
    }
  }).timeout(60_000);
});
