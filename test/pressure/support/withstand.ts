import { expect } from 'chai';
import { bounds } from '../run.js';
import { Stage } from './stage.js';
import type { WeaponSpec } from './weapon.js';

/** In messages of the witness, ten a second. */
const messages = 12;
/** Longer than anything of this takes on any machine. */
const patienceMs = 30_000;

/**
 * The server withstands an attack: its memory stays small, two others who chat lose nothing,
 * and the attackers, who are within all limits, get what they are owed and stay connected.
 */
export async function withstands(spec: WeaponSpec): Promise<void> {
  await using stage = await Stage.start();
  const weapon = await stage.arm(spec);
  await stage.witness.publish(1, patienceMs);
  stage.forgetPeak();
  const { bytes } = stage.memory();
  await weapon.strike();
  const { missing } = await stage.witness.publish(messages, patienceMs);
  const growthBytes = stage.memory().peakBytes - bytes;
  await weapon.settle();
  expect(missing, 'messages of the witness').to.equal(0);
  expect(weapon.lost, 'connections of attackers').to.deep.equal([]);
  expect(stage.complaints).to.equal('');
  expect(growthBytes, 'bytes of memory').to.be.at.most(bounds.growthBytes);
  const grownBytes = stage.memory().peakBytes - bytes;
  expect(grownBytes, 'bytes of memory, also while they read').to.be.at.most(bounds.growthBytes);
}

/** The server ends in time, and in good order, while it is attacked. */
export async function endsDuring(spec: WeaponSpec): Promise<void> {
  await using stage = await Stage.start();
  const weapon = await stage.arm(spec);
  await weapon.strike();
  await stage.witness.publish(1, patienceMs);
  const { exitCode } = await stage.terminate(bounds.terminateMs);
  expect(exitCode, `exit code: ${stage.complaints}`).to.equal(0);
}
