import { expect } from 'chai';
import { Reads } from '../../src/core/reads.js';

/** Reads that end when the test says so. */
class Scene {
  readonly reads = new Reads();
  /** In the order in which they were begun. */
  readonly begun: string[] = [];
  readonly #ends = new Map<string, (error?: Error) => void>();

  ask(asker: object, name: string): Promise<string> {
    return this.reads.run(asker, async () => {
      this.begun.push(name);
      await new Promise<void>((resolve, reject) => {
        this.#ends.set(name, (error) => (error === undefined ? resolve() : reject(error)));
      });
      return name;
    });
  }

  async end(name: string, error?: Error): Promise<void> {
    this.#ends.get(name)!(error);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('Reads', () => {
  it('are begun at once while few are open', () => {
    const scene = new Scene();
    for (const name of ['1', '2', '3', '4', '5']) void scene.ask({}, name);
    expect(scene.begun).to.deep.equal(['1', '2', '3', '4']);
  });

  it('take turns by who asks, however much one asks for', async () => {
    const scene = new Scene();
    const [greedy, modest, other] = [{}, {}, {}];
    for (const name of ['g1', 'g2', 'g3', 'g4', 'g5', 'g6', 'g7']) void scene.ask(greedy, name);
    void scene.ask(modest, 'm1');
    void scene.ask(modest, 'm2');
    void scene.ask(other, 'o1');
    for (const name of ['g1', 'g2', 'g3', 'g4', 'g5', 'm1']) await scene.end(name);
    expect(scene.begun.slice(4)).to.deep.equal(['g5', 'm1', 'o1', 'g6', 'm2', 'g7']);
  });

  it('settle as what was read, and one that fails makes place for the next', async () => {
    const scene = new Scene();
    const results = ['1', '2', '3', '4', '5'].map((name) => scene.ask({}, name));
    const failed = results[0]!.catch((error: Error) => error.message);
    await scene.end('1', new Error('no disk'));
    expect(await failed).to.equal('no disk');
    expect(scene.begun).to.include('5');
    await scene.end('5');
    expect(await results[4]).to.equal('5');
  });
});
