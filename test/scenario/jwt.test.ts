import { expect } from 'chai';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { exportJWK, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import {
  connect,
  ErrorCode,
  type ChatClient,
  type ChatError,
  type ServerOptions,
} from '../../src/index.js';
import { rejection } from '../support/chat-clients.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { TestServer } from '../support/server.js';

const issuer = 'https://app.example';
const secret = Buffer.from('a secret of thirty-two bytes or more');

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');

type Signer = Uint8Array | KeyObject;

/** A token of the application for alice, but for what is said otherwise. */
async function tokenFor(
  key: Signer,
  algorithm: string,
  claims: JWTPayload = {},
  header: { readonly kid?: string } = {},
): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const payload = { iss: issuer, aud: 'chat', sub: 'user-1', name: 'alice', exp: nowSeconds + 60 };
  return await new SignJWT({ ...payload, ...claims })
    .setProtectedHeader({ alg: algorithm, ...header })
    .sign(key);
}

// chat.proto, Hello.jwt.
describe('a token of an application', () => {
  let folder: string;

  before(async () => {
    folder = await makeFolder();
    await writeFile(join(folder, 'secret'), `${secret.toString()}\n`);
    for (const [name, { publicKey }] of Object.entries({ rsa, ec, ed })) {
      await writeFile(
        join(folder, `${name}.pem`),
        publicKey.export({ type: 'spki', format: 'pem' }),
      );
    }
  });

  after(async () => await removeFolder(folder));

  const inFolder = (name: string): string => join(folder, name);

  async function start(options: ServerOptions): Promise<TestServer> {
    const rules = { jwtIssuer: issuer, jwtAudience: 'chat', guests: 'no', registration: 'closed' };
    return await TestServer.start({ ...rules, ...options });
  }

  async function come(server: TestServer, jwt: string): Promise<ChatClient> {
    return await connect(server.chat.urls[0]!, { jwt, reconnect: false });
  }

  async function refusal(server: TestServer, jwt: string): Promise<[ErrorCode, string]> {
    const { code, message } = (await rejection(come(server, jwt))) as ChatError;
    return [code, message];
  }

  const kinds = [
    ['HS256', secret, { jwtSecretFile: 'secret' }],
    ['RS256', rsa.privateKey, { jwtKeysFile: 'rsa.pem' }],
    ['PS256', rsa.privateKey, { jwtKeysFile: 'rsa.pem' }],
    ['ES256', ec.privateKey, { jwtKeysFile: 'ec.pem' }],
    ['EdDSA', ed.privateKey, { jwtKeysFile: 'ed.pem' }],
  ] as const;
  for (const [algorithm, key, files] of kinds) {
    it(`signed with ${algorithm} lets its user in, as the same person each time`, async () => {
      const [[setting, file]] = Object.entries(files) as [[keyof ServerOptions, string]];
      await using server = await start({ [setting]: inFolder(file) });
      const alice = await come(server, await tokenFor(key, algorithm));
      expect([alice.name, alice.token]).to.deep.equal(['alice', '']);
      const { seq } = await alice.send('hello');
      await alice.close();
      await using again = await come(server, await tokenFor(key, algorithm));
      await again.edit('lobby', seq, 'hello again');
      expect(await rejection(again.rename('bob'))).to.include({
        code: ErrorCode.ERROR_CODE_NOT_ALLOWED,
      });
      await using bob = await come(
        server,
        await tokenFor(key, algorithm, { sub: 'user-2', name: 'bob' }),
      );
      expect(await rejection(bob.edit('lobby', seq, 'mine'))).to.include({
        code: ErrorCode.ERROR_CODE_NOT_YOURS,
      });
    });
  }

  const nowSeconds = Math.floor(Date.now() / 1000);
  const wrong: ReadonlyArray<readonly [what: string, claims: JWTPayload]> = [
    ['has expired', { exp: nowSeconds - 60 }],
    ['is not valid yet', { nbf: nowSeconds + 60 }],
    ['is for another audience', { aud: 'shop' }],
    ['is of another issuer', { iss: 'https://other.example' }],
    ['never expires', { exp: undefined as never }],
    ['is of nobody', { sub: undefined as never }],
    ['has no name', { name: undefined }],
    ['has a name that is none', { name: 'two words' }],
  ];
  for (const [what, claims] of wrong) {
    it(`is refused when it ${what}`, async () => {
      await using server = await start({ jwtSecretFile: inFolder('secret') });
      const [code] = await refusal(server, await tokenFor(secret, 'HS256', claims));
      expect(code).to.equal(ErrorCode.ERROR_CODE_LOGIN_FAILED);
    });
  }

  it('is refused without a signature, with another one, and with one of another kind', async () => {
    await using server = await start({ jwtKeysFile: inFolder('rsa.pem') });
    const claims = { iss: issuer, aud: 'chat', sub: 'user-1', name: 'alice', exp: nowSeconds + 60 };
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const good = await tokenFor(rsa.privateKey, 'RS256');
    const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
    for (const token of [
      new UnsecuredJWT(claims).encode(),
      await tokenFor(other, 'RS256'),
      // The public key, which everybody knows, as if it were a secret.
      await tokenFor(Buffer.from(publicPem), 'HS256'),
      await tokenFor(secret, 'HS256'),
      `${good.slice(0, -4)}AAAA`,
      good.split('.').slice(0, 2).join('.'),
      'nonsense',
      `${good}.${'x'.repeat(10_000)}`,
    ]) {
      expect((await refusal(server, token))[0]).to.equal(ErrorCode.ERROR_CODE_LOGIN_FAILED);
    }
    await using alice = await come(server, good);
    expect(alice.name).to.equal('alice');
  });

  it('is looked up by its key’s id, in keys that are asked for again when there are others', async () => {
    let keys = [{ ...(await exportJWK(rsa.publicKey)), kid: 'one' }];
    let asked = 0;
    const application = createHttpServer((_request, response) => {
      asked += 1;
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys }));
    }).listen(0, '127.0.0.1');
    await once(application, 'listening');
    const { port } = application.address() as AddressInfo;
    try {
      await using server = await start({ jwtKeysUrl: `http://127.0.0.1:${port}/keys` });
      await using alice = await come(
        server,
        await tokenFor(rsa.privateKey, 'RS256', {}, { kid: 'one' }),
      );
      expect(alice.name).to.equal('alice');
      const unknown = await tokenFor(
        ec.privateKey,
        'ES256',
        { sub: '2', name: 'bob' },
        { kid: 'two' },
      );
      expect((await refusal(server, unknown))[0]).to.equal(ErrorCode.ERROR_CODE_LOGIN_FAILED);
      expect(asked).to.equal(1);
      keys = [{ ...(await exportJWK(ec.publicKey)), kid: 'two' }];
      // They are asked for again only after a while; a reload begins anew.
      server.chat.reload({});
      await using bob = await come(server, unknown);
      expect(bob.name).to.equal('bob');
    } finally {
      application.close();
    }
  });

  it('says nothing of its user when the keys cannot be had', async () => {
    await using server = await start({ jwtKeysUrl: 'http://127.0.0.1:1/keys' });
    const [code] = await refusal(server, await tokenFor(rsa.privateKey, 'RS256'));
    expect(code).to.equal(ErrorCode.ERROR_CODE_STORE_UNAVAILABLE);
  });

  it('lets nobody in where none are taken, and cannot be checked with keys that are none', async () => {
    await using server = await TestServer.start();
    const [code] = await refusal(server, await tokenFor(secret, 'HS256'));
    expect(code).to.equal(ErrorCode.ERROR_CODE_NOT_SUPPORTED);
    await writeFile(inFolder('short'), 'too short');
    for (const options of [
      { jwtSecretFile: inFolder('short') },
      { jwtKeysFile: inFolder('secret') },
      { jwtKeysFile: inFolder('nowhere') },
      { jwtSecretFile: inFolder('secret'), jwtKeysFile: inFolder('rsa.pem') },
    ]) {
      expect((await rejection(start(options))).name, JSON.stringify(options)).to.equal(
        'ConfigError',
      );
    }
  });

  it('is asked for again on each connection, and its messages are sent once', async () => {
    await using server = await start({ jwtSecretFile: inFolder('secret') });
    const tokens = [await tokenFor(secret, 'HS256'), await tokenFor(secret, 'HS256', { jti: '2' })];
    let asked = 0;
    const jwt = (): string => tokens[Math.min((asked += 1), tokens.length) - 1]!;
    await using alice = await connect(server.chat.urls[0]!, { jwt, device: 'one' });
    await alice.send('one');
    alice.reconnect();
    expect((await alice.send('two')).seq).to.equal(2);
    expect(asked).to.equal(2);
  });
});
