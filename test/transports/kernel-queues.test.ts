import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { endianness, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { kernelQueues, rowOf } from '../../src/transports/kernel-queues.js';

/** A server on port 4000, 0FA0 in hexadecimal, as a machine with x86 or ARM shows it. */
const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0FA0 00000000:0000 0A 00000000:00000002 00:00000000 00000000     0        0 548 1 0000000085732b7d 100 0 0 10 0
   1: 0100007F:C5C6 0100007F:0FA0 01 00000000:0017A2E6 00:00000000 00000000     0        0 991 1 0000000085732b7e 20 4 30 10 -1
   2: 0100007F:0FA0 0100007F:C5C6 01 0039B600:00000000 04:00000026 00000000     0        0 992 2 0000000085732b7f 20 4 30 10 -1
10003: 050200C0:0FA0 010200C0:C5C6 01 00000001:00000000 01:00000026 00000000  1000        0 993 2 0000000085732b80 20 4 30 10 -1
`;
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0FA0 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 548 1 0000000085732b7d 100 0 0 10 0
   1: 00000000000000000000000001000000:0FA0 00000000000000000000000001000000:C9B4 01 000A0000:00000000 04:00000025 00000000     0        0 994 2 0000000085732b81 20 4 30 10 -1
   2: 0000000000000000FFFF00000100007F:0FA0 0000000000000000FFFF00000100007F:DA2A 01 000B0000:00000000 04:00000025 00000000     0        0 995 2 0000000085732b82 20 4 30 10 -1
   3: B80D0120000000000000000005000000:0FA0 B80D0120341200000000000078560000:0001 01 FFFFFFFF:00000000 04:00000025 00000000     0        0 996 2 0000000085732b83 20 4 30 10 -1
   4: 000080FE00000000FF005450B6AB1DFE:0FA0 000080FE00000000FF005450B7AB1DFE:FFFF 01 00000000:00000000 04:00000025 00000000     0        0 997 2 0000000085732b84 20 4 30 10 -1
`;

const port = 4000;

describe('the kernel’s tables', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kernel-queues-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  describe('of a machine with the low byte first', () => {
    before(function () {
      if (endianness() !== 'LE') this.skip();
    });

    const cases: readonly (readonly [address: string, port: number, bytes: number | undefined])[] =
      [
        ['127.0.0.1', 0xc5c6, 0x39b600],
        ['192.0.2.1', 0xc5c6, 1],
        ['192.0.2.1', 0xc5c7, undefined],
        ['192.0.2.2', 0xc5c6, undefined],
        ['::1', 0xc9b4, 0xa0000],
        ['::ffff:127.0.0.1', 0xda2a, 0xb0000],
        ['127.0.0.1', 0xda2a, undefined],
        ['2001:db8:0:1234::5678', 1, 0xffffffff],
        ['2001:db8:3412::5678', 1, undefined],
        ['fe80::5054:ff:fe1d:abb7%eth0', 0xffff, 0],
        ['fe80::5054:ff:fe1d:abb6', 0xffff, undefined],
      ];
    for (const [address, peerPort, bytes] of cases) {
      it(`have ${bytes ?? 'no'} bytes for ${address} port ${peerPort}`, async () => {
        await writeFile(join(folder, 'tcp'), tcp);
        await writeFile(join(folder, 'tcp6'), tcp6);
        const row = rowOf(port, address, peerPort);
        expect((await kernelQueues([row], folder)).get(row)).to.equal(bytes);
      });
    }
  });

  it('are searched to the end, for those that are found and those that are not', async () => {
    const lines = Array.from(
      { length: 1000 },
      (_, index) =>
        `${String(index).padStart(4)}: 0100007F:0FA0 ${rowOf(0, '127.0.0.1', index).slice(6)} 01 ${index
          .toString(16)
          .toUpperCase()
          .padStart(8, '0')}:00000000 00:00000000\n`,
    );
    await writeFile(join(folder, 'tcp'), lines.join(''));
    const rows = Array.from({ length: 1001 }, (_, index) => rowOf(port, '127.0.0.1', index));
    const found = await kernelQueues(rows, folder);
    expect(rows.map((row) => found.get(row))).to.deep.equal([...lines.keys(), undefined]);
  });

  it('are missing on other systems, which is as if no row were found', async () => {
    const rows = [rowOf(port, '127.0.0.1', 1), rowOf(port, '::1', 1)];
    expect((await kernelQueues(rows, join(folder, 'none'))).size).to.equal(0);
  });

  const hosts = [
    ['127.0.0.1', '127.0.0.1'],
    ['::', '127.0.0.1'],
    ['::', '::1'],
  ] as const;
  for (const [listening, host] of hosts) {
    it(`know what waits for a peer at ${host} of a server at ${listening}`, async function () {
      const hasIPv6 = Object.values(networkInterfaces())
        .flat()
        .some((one) => one?.family === 'IPv6');
      if (process.platform !== 'linux' || (listening === '::' && !hasIPv6)) this.skip();
      const server = createServer().listen(0, listening);
      await once(server, 'listening');
      const peer = connect((server.address() as AddressInfo).port, host).pause();
      const [socket] = (await once(server, 'connection')) as [Socket];
      const row = rowOf(socket.localPort!, socket.remoteAddress!, socket.remotePort!);
      expect((await kernelQueues([row])).get(row)).to.equal(0);
      socket.write(Buffer.alloc(32 * 1024 * 1024));
      expect((await kernelQueues([row])).get(row)).to.be.greaterThan(0);
      peer.destroy();
      socket.destroy();
      server.close();
    });
  }
});
