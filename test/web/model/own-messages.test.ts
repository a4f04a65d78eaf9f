import { expect } from 'chai';
import {
  fromAnotherPerson,
  unconfirmed,
  withDelivery,
  withoutOwn,
  withoutSeen,
  withOwn,
  type OwnMessage,
} from '../../../src/web/model/own-messages.js';

function own(id: string, more: Partial<OwnMessage> = {}): OwnMessage {
  const at = new Date(0);
  const delivery = { state: 'pending' } as const;
  return { id, room: 'lobby', kind: 'broadcast', content: id, at, delivery, ...more };
}

describe('the own messages that are under way', () => {
  it('stand in the order in which they were sent last', () => {
    let all: readonly OwnMessage[] = [];
    for (const id of ['a', 'b', 'a']) all = withOwn(all, own(id));
    expect(all.map(({ id }) => id)).to.deep.equal(['b', 'a']);
    expect(withoutOwn(all, 'b').map(({ id }) => id)).to.deep.equal(['a']);
    expect(withoutOwn(all, 'another'), 'nothing has changed').to.equal(all);
  });

  it('go when their room shows them', () => {
    let all: readonly OwnMessage[] = [own('a'), own('b'), own('c', { room: 'dev' })];
    for (const { id } of all) all = withDelivery(all, id, { state: 'sent', seq: 5 });
    expect(withoutSeen(all, 'lobby', 4)).to.equal(all);
    expect(withoutSeen(all, 'lobby', 5).map(({ id }) => id)).to.deep.equal(['c']);
  });

  it('are kept until the server has them', () => {
    const failed = own('b', { delivery: { state: 'failed', problem: 'too late' } });
    const sent = own('c', { delivery: { state: 'sent', seq: 5 } });
    expect(unconfirmed([own('a'), failed, sent]).map(({ id }) => id)).to.deep.equal(['a', 'b']);
  });

  it('have failed for somebody who was another person when they were sent', () => {
    const failed = own('a', { delivery: { state: 'failed', problem: 'too late' } });
    const [first, second] = fromAnotherPerson([failed, own('b')]);
    expect(first).to.equal(failed);
    expect(second?.delivery.state).to.equal('failed');
  });
});
