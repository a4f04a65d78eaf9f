import { readFileSync } from 'node:fs';

/** A frame, its length prefix included, and the message in it as canonical proto3-JSON. */
export interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly message: object;
}

/** A frame, or the beginning of one, that ends the connection with this code. */
export interface InvalidVector {
  readonly name: string;
  readonly hex: string;
  readonly error: string;
}

/** A frame that is well formed and refused with this code, by a session that is new or full. */
export interface RefusedVector extends Vector {
  readonly session: 'new' | 'full';
  readonly error: string;
}

/** What test/vectors/README.md says that frames.json holds. */
export interface Vectors {
  readonly canonical: readonly Vector[];
  readonly decodeOnly: readonly Vector[];
  readonly invalid: readonly InvalidVector[];
  readonly refused: readonly RefusedVector[];
}

/** The conformance vectors of test/vectors/frames.json. */
export const vectors = JSON.parse(
  readFileSync(new URL('../../../test/vectors/frames.json', import.meta.url), 'utf8'),
) as Vectors;
