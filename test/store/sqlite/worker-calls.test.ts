import { expect } from 'chai';
import { Worker } from 'node:worker_threads';
import { unanswered, WorkerCalls, workerEnded } from '../../../src/store/sqlite/worker-calls.js';

describe('WorkerCalls', () => {
  const echo = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', ({ id, request }) => {
      if (request === 'exit') process.exit(1);
      if (request === 'throw') throw new Error('a bug');
      parentPort.postMessage({ id, kind: 'done', result: request });
    });`;

  for (const [request, message] of [
    ['exit', 'its thread has ended'],
    ['throw', 'its thread has failed: a bug'],
  ] as const) {
    it(`rejects open and later calls when the worker ends, with different codes (${request})`, async () => {
      const calls = new WorkerCalls(new Worker(echo, { eval: true }));
      expect(await calls.call('hello')).to.equal('hello');
      const open = await Promise.allSettled([calls.call(request), calls.call('never')]);
      const later = await Promise.allSettled([calls.call('later')]);
      for (const [results, code] of [
        [open, unanswered],
        [later, workerEnded],
      ] as const) {
        for (const result of results) {
          expect(result).to.have.property('status', 'rejected');
          expect((result as PromiseRejectedResult).reason).to.include({ message, code });
        }
      }
    });
  }
});
