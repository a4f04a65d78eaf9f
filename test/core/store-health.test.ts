import { expect } from 'chai';
import { StoreHealth } from '../../src/core/store-health.js';
import { ManualTime } from '../support/manual-time.js';

/** A store that is asked, and what is said of it. */
class Scene {
  readonly clock = new ManualTime();
  problem: Error | undefined;
  probes = 0;
  readonly told: string[] = [];
  readonly health = new StoreHealth({
    clock: this.clock,
    store: {
      probe: async () => {
        this.probes += 1;
        if (this.problem !== undefined) throw this.problem;
      },
    },
    observer: {
      storeFailed: (problem) => this.told.push(`failed: ${problem}`),
      storeRecovered: () => this.told.push('recovered'),
    },
  });
}

const diskFull = new Error('the disk is full');

describe('StoreHealth', () => {
  it('asks the store once for all who want to know within a second', async () => {
    const scene = new Scene();
    const { health } = scene;
    expect(await Promise.all([health.problem(), health.problem()])).to.deep.equal([
      undefined,
      undefined,
    ]);
    scene.problem = diskFull;
    scene.clock.advance(999);
    expect(await health.problem()).to.equal(undefined);
    expect(scene.probes).to.equal(1);
    scene.clock.advance(1);
    expect(await health.problem()).to.equal(diskFull);
    expect(scene.probes).to.equal(2);
  });

  it('does not ask after an append, which has shown it', async () => {
    const scene = new Scene();
    scene.health.note(diskFull);
    expect(await scene.health.problem()).to.equal(diskFull);
    scene.health.note(undefined);
    expect(await scene.health.problem()).to.equal(undefined);
    expect(scene.probes).to.equal(0);
  });

  it('tells of the first failure and of its end, whoever notices', async () => {
    const scene = new Scene();
    scene.health.note(undefined);
    scene.health.note(diskFull);
    scene.problem = new Error('it is still full');
    scene.clock.advance(1000);
    await scene.health.problem();
    expect(scene.told).to.deep.equal(['failed: the disk is full']);
    scene.problem = undefined;
    scene.clock.advance(1000);
    await scene.health.problem();
    scene.health.note(undefined);
    expect(scene.told).to.deep.equal(['failed: the disk is full', 'recovered']);
  });
});
