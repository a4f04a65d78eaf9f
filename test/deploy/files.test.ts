import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { deployPackages, tlsPackages } from '../../scripts/system-packages.js';
import { Authority } from '../support/certificates.js';
import { ask } from '../support/http.js';
import { need } from '../support/needs.js';
import { TestServer } from '../support/server.js';
import { judged, shipped, verdictOf } from '../support/shipped.js';

describe('what is shipped to deploy with', () => {
  before(function () {
    need(this, [...deployPackages, ...tlsPackages]);
  });

  for (const name of ['nginx', 'haproxy'] as const) {
    it(`is good in the eyes of ${name}`, async () => {
      using authority = new Authority();
      const certificate = authority.certify('DNS:chat.example');
      const verdict = await verdictOf(name, { port: 4443, serverPort: 4444, certificate });
      expect(verdict.isGood, verdict.said).to.equal(true);
      expect(verdict.said).not.to.match(/warn/i);
    });
  }

  it('is good in the eyes of systemd', async () => {
    const units = ['tcp-chat.service', 'tcp-chat.socket'].map(shipped);
    const { isGood, said } = await judged('systemd-analyze', ['verify', ...units]);
    expect(isGood, said).to.equal(true);
    expect(said).to.equal('');
  });

  it('is good in the eyes of Prometheus', async () => {
    const { isGood, said } = await judged('promtool', ['check', 'rules', shipped('alerts.yml')]);
    expect(isGood, said).to.equal(true);
  });

  for (const name of ['alerts.yml', 'grafana-dashboard.json']) {
    it(`asks in ${name} for nothing that the server does not measure`, async () => {
      await using server = await TestServer.start();
      const { body } = await ask(server.port, '/metrics');
      const asked = readFileSync(shipped(name), 'utf8').match(/\b(tcp_chat|nodejs|process)_\w+/g);
      expect(new Set(asked)).to.have.property('size').greaterThan(5);
      for (const metric of asked!)
        expect(body).to.include(`# HELP ${metric.replace(/_bucket$/, '')} `);
    });
  }
});
