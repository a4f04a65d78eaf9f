// What the tests need of the system besides Node: which Debian packages, whether they
// are there, and how to get them.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A Debian package, and a look whether what it brings is there, from wherever it came. */
export interface SystemPackage {
  readonly package: string;
  readonly probe: () => boolean;
}

/** What the C++ client of test/interop is built with. */
export const cppPackages: readonly SystemPackage[] = [
  { package: 'g++', probe: () => isProgram('g++') },
  { package: 'protobuf-compiler', probe: () => isProgram('protoc') },
  {
    package: 'libprotobuf-dev',
    probe: () => isHeader('google/protobuf/util/delimited_message_util.h'),
  },
];

/** What a disk that fails is built with (test/support/failing-disk.c), for Linux alone. */
export const failingDiskPackages: readonly SystemPackage[] = [
  { package: 'gcc', probe: () => process.platform === 'linux' && isProgram('gcc') },
];

/** What shows the client at a terminal. */
export const terminalPackages: readonly SystemPackage[] = [
  { package: 'tmux', probe: () => isProgram('tmux') },
];

/** What shows the page. */
export const browserPackages: readonly SystemPackage[] = [
  { package: 'chromium', probe: () => isProgram('chromium') },
];

/** What makes certificates. */
export const tlsPackages: readonly SystemPackage[] = [
  { package: 'openssl', probe: () => isProgram('openssl') },
];

/** What the files of scripts/deploy are for. */
export const deployPackages: readonly SystemPackage[] = [
  { package: 'haproxy', probe: () => isProgram('haproxy') },
  { package: 'nginx', probe: () => isProgram('nginx') },
  { package: 'prometheus', probe: () => isProgram('promtool') },
  { package: 'systemd', probe: () => isProgram('systemd-analyze') },
];

/** What a program listens and runs with that systemd starts, in a test. */
export const serviceManagerPackages: readonly SystemPackage[] = [
  { package: 'gcc', probe: () => process.platform === 'linux' && isProgram('gcc') },
  { package: 'systemd', probe: () => isProgram('systemd-notify') },
];

/** What the WebSocket client of test/interop/beast.cpp is built with. */
export const beastPackages: readonly SystemPackage[] = [
  { package: 'g++', probe: () => isProgram('g++') },
  { package: 'libboost-dev', probe: () => isHeader('boost/beast/version.hpp') },
];

/** What all tests need; without them those in question are skipped. */
export const testPackages: readonly SystemPackage[] = [
  ...cppPackages,
  ...failingDiskPackages,
  ...terminalPackages,
  ...browserPackages,
  ...tlsPackages,
  ...deployPackages,
  ...serviceManagerPackages,
  ...beastPackages,
];

/** The names of the packages that are missing. */
export function missingPackages(packages: readonly SystemPackage[]): string[] {
  const names = packages.filter(({ probe }) => !probe()).map((missing) => missing.package);
  return [...new Set(names)];
}

/**
 * Installs what is missing when that can be done without asking, as root on Debian,
 * and says what else to do. Returns the names of those that are still missing.
 */
export function ensureSystemPackages(packages: readonly SystemPackage[]): string[] {
  const missing = missingPackages(packages);
  if (missing.length === 0) return [];
  if (process.getuid?.() === 0 && isProgram('apt-get')) {
    say(`installing ${missing.join(', ')} (apt-get)`);
    if (aptGet('update') && aptGet('install', '--yes', '--no-install-recommends', ...missing)) {
      const left = missingPackages(packages);
      if (left.length > 0) say(`installed, but not found: ${left.join(', ')}`);
      return left;
    }
  }
  say(`missing, so some tests cannot run. On Debian: apt-get install ${missing.join(' ')}`);
  return missingPackages(packages);
}

function aptGet(...args: readonly string[]): boolean {
  const { status, error, stdout, stderr } = spawnSync('apt-get', args, {
    encoding: 'utf8',
    // In this runlevel no server is started that is installed.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status === 0) return true;
  say(`apt-get ${args.join(' ')} failed\n${error?.message ?? `${stdout}${stderr}`.trimEnd()}`);
  return false;
}

/** Where a program is; undefined when it is not to be found. */
export function pathOf(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

function isProgram(name: string): boolean {
  return pathOf(name) !== undefined;
}

function isHeader(name: string): boolean {
  const { status } = spawnSync('g++', ['-E', '-x', 'c++', '-'], {
    input: `#include <${name}>\n`,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return status === 0;
}

function say(text: string): void {
  process.stderr.write(`tcp-chat: ${text}\n`);
}
