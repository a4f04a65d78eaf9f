import { expect } from 'chai';
import { ask } from './http.js';
import type { TestServer } from './server.js';

/** What a server says of itself, in the text format of Prometheus. */
export class Measured {
  readonly #values: ReadonlyMap<string, number>;
  readonly #types: ReadonlyMap<string, string>;

  private constructor(values: Map<string, number>, types: Map<string, string>) {
    this.#values = values;
    this.#types = types;
  }

  /** Asks for it, and takes every line of it apart. */
  static async of(port: number): Promise<Measured> {
    const { status, headers, body } = await ask(port, '/metrics');
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4; charset=utf-8$/);
    const values = new Map<string, number>();
    const types = new Map<string, string>();
    const helped = new Set<string>();
    for (const line of body.split('\n').filter((one) => one !== '')) {
      const help = /^# HELP (\w+) \S.*$/.exec(line);
      const type = /^# TYPE (\w+) (counter|gauge|histogram|summary)$/.exec(line);
      const value = /^(\w+(?:\{(?:\w+="[^"]*",?)+\})?) (\S+)$/.exec(line);
      if (help !== null) helped.add(help[1]!);
      else if (type !== null) types.set(type[1]!, type[2]!);
      else if (value === null) throw new Error(`not a line of metrics: ${line}`);
      else {
        // What was not measured yet may be no number; how that is spelled is up to the writer.
        const number = /^nan$/i.test(value[2]!)
          ? NaN
          : Number(value[2]!.replace('+Inf', 'Infinity'));
        if (!/^nan$/i.test(value[2]!)) expect(number, line).not.to.satisfy(Number.isNaN);
        expect(values.has(value[1]!), `${value[1]} comes twice`).to.equal(false);
        values.set(value[1]!, number);
      }
    }
    expect(new Set(types.keys())).to.deep.equal(helped);
    return new Measured(values, types);
  }

  /** A value that has to be there, as of this type. */
  get(name: string, type: 'counter' | 'gauge'): number {
    expect(this.#types.get(name.replace(/\{.*/, '')), name).to.equal(type);
    const value = this.#values.get(name);
    expect(value, name).to.be.a('number');
    return value!;
  }

  /** A value that has to be there, all of its labels together. */
  sum(name: string): number {
    const values = [...this.#values].filter(([key]) => key === name || key.startsWith(`${name}{`));
    expect(values, name).not.to.have.length(0);
    return values.reduce((sum, [, value]) => sum + value, 0);
  }

  /** A value with labels, which may not be there yet: then it is 0. */
  labelled(name: string, labels: string): number {
    return this.#values.get(`${name}{${labels}}`) ?? 0;
  }

  /** How often something was measured, and how long that was altogether; the parts fit together. */
  histogram(name: string): { readonly count: number; readonly sum: number } {
    expect(this.#types.get(name), name).to.equal('histogram');
    const count = this.#values.get(`${name}_count`)!;
    let previous = 0;
    let upTo = -Infinity;
    for (const [key, value] of this.#values) {
      const [, le] = key.startsWith(`${name}_bucket`) ? /le="([^"]+)"/.exec(key)! : [];
      if (le === undefined) continue;
      const bound = le === '+Inf' ? Infinity : Number(le);
      expect(bound, key).to.be.greaterThan(upTo);
      expect(value, key).to.be.at.least(previous);
      [previous, upTo] = [value, bound];
    }
    expect(previous, 'what is in the last bucket').to.equal(count);
    return { count, sum: this.#values.get(`${name}_sum`)! };
  }
}

/** What a gauge of a server's metrics shows, all of its labels together. */
export async function gauge({ chat }: TestServer, name: string): Promise<number> {
  return (await Measured.of(chat.httpPort!)).sum(name);
}

/** Settles when such a gauge shows this, which it is asked for again and again. */
export async function untilGauge(server: TestServer, name: string, value: number): Promise<void> {
  while ((await gauge(server, name)) !== value);
}
