import { expect } from 'chai';
import { notKept, StoreOpenError } from '../../../src/store/errors.js';
import { storageKind } from '../../../src/store/kinds.js';
import { MemoryStorage } from '../../../src/store/memory/storage.js';
import { storageContract } from '../../contract/storage.js';

storageContract('MemoryStorage', async () => ({
  storage: new MemoryStorage(64 * 1024 * 1024),
  remove: async () => {},
}));

describe('a server with its storage in memory', () => {
  it('keeps nothing in its folder, and says so to whoever asks for it', () => {
    expect(() => storageKind('memory').keptIn('/tmp'))
      .to.throw(StoreOpenError, 'has no files')
      .with.property('code', notKept);
  });
});
