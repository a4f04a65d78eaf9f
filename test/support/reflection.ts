import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import protojson from 'protobufjs/ext/protojson.js';
import type { ChatMessage } from '../../src/protocol/messages.js';
import type { Shape } from '../../src/protocol/wire.js';

/**
 * chat.proto as protobufjs reads it when the tests run: a second implementation of
 * the messages, with its own code for JSON. What it shares with the generated code
 * is protobufjs's reader and writer of single values; the C++ client of
 * test/interop shares nothing.
 */
export interface Reflection {
  /** The message in `body`, a frame without its length prefix, as proto3-JSON. Throws if it is none. */
  readonly read: (body: Uint8Array) => unknown;
  /** The bytes of a message in proto3-JSON, without a length prefix. */
  readonly write: (json: unknown) => Uint8Array;
  /** A message in proto3-JSON as an object of the generated code. */
  readonly object: (json: unknown) => ChatMessage;
  /** Which fields of ChatMessage are strings and messages, in the form of `chatMessageShape`. */
  readonly shape: Shape;
  /** Any ChatMessage of the schema, each kind of control message among them, as proto3-JSON. */
  readonly messages: fc.Arbitrary<object>;
}

/** Reads proto/tcpchat/v1/chat.proto. */
export async function reflection(): Promise<Reflection> {
  const path = new URL('../../../proto/tcpchat/v1/chat.proto', import.meta.url);
  const root = await protobuf.load(fileURLToPath(path));
  const type = root.lookupType('tcpchat.v1.ChatMessage');
  return {
    read: (body) => protojson.toJson(type, type.decode(body)) as unknown,
    write: (json) => type.encode(protojson.fromJson(type, json)).finish(),
    object: (json) => objectOf(type, protojson.fromJson(type, json)) as unknown as ChatMessage,
    shape: shapeOf(type, new Map()),
    messages: arbitraryMessage(type, pageDepthMax),
  };
}

/** A page holds messages, which could hold pages without end. */
const pageDepthMax = 1;

/** In the form of ts-proto with `oneof=unions` and `useOptionals=none`. */
function objectOf(type: protobuf.Type, message: protobuf.Message): Record<string, unknown> {
  const values = message as unknown as Record<string, unknown>;
  const object: Record<string, unknown> = {};
  for (const { name } of type.oneofsArray) object[name] = undefined;
  for (const field of type.fieldsArray) {
    const { name, partOf } = field;
    const isSet = Object.hasOwn(values, name) && values[name] !== null;
    if (partOf === null) object[name] = fieldOf(field, isSet ? values[name] : undefined);
    else if (isSet) object[partOf.name] = { $case: name, [name]: fieldOf(field, values[name]) };
  }
  return object;
}

function fieldOf(field: protobuf.Field, value: unknown): unknown {
  const { resolvedType, defaultValue, repeated } = field.resolve();
  if (repeated) return ((value ?? []) as unknown[]).map((one) => singleOf(resolvedType, one));
  if (value !== undefined) return singleOf(resolvedType, value);
  if (resolvedType instanceof protobuf.Type) return undefined;
  return typeof defaultValue === 'object' ? 0 : (defaultValue as unknown); // 64 bits
}

function singleOf(type: protobuf.ReflectionObject | null, value: unknown): unknown {
  if (!(type instanceof protobuf.Type)) {
    if (!(value instanceof protobuf.util.Long)) return value;
    return value.high * 2 ** 32 + (value.low >>> 0);
  }
  const message = value as protobuf.Message;
  if (type.fullName !== '.google.protobuf.Timestamp') return objectOf(type, message);
  const { seconds, nanos } = objectOf(type, message) as { seconds: number; nanos: number };
  return new Date(seconds * 1000 + nanos / 1_000_000);
}

function shapeOf(type: protobuf.Type, known: Map<protobuf.Type, Shape>): Shape {
  const shape = new Map<number, 'string' | Shape>();
  known.set(type, shape);
  for (const field of type.fieldsArray) {
    const { resolvedType } = field.resolve();
    if (field.type === 'string') shape.set(field.id, 'string');
    else if (resolvedType instanceof protobuf.Type) {
      shape.set(field.id, known.get(resolvedType) ?? shapeOf(resolvedType, known));
    }
  }
  return shape;
}

function arbitraryMessage(type: protobuf.Type, pageDepth: number): fc.Arbitrary<object> {
  const alone: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of type.fieldsArray) {
    if (field.partOf !== null) continue;
    const value = arbitraryValue(field, pageDepth);
    alone[field.name] = field.repeated ? fc.array(value, { maxLength: 3 }) : value;
  }
  // Of each oneof at most one field.
  const groups = type.oneofsArray.map((oneof) =>
    fc.oneof(
      fc.constant({}),
      ...oneof.fieldsArray
        .filter((field) => field.name !== 'page' || pageDepth > 0)
        .map((field) => fc.record({ [field.name]: arbitraryValue(field, pageDepth) })),
    ),
  );
  return fc
    .tuple(fc.record(alone, { requiredKeys: [] }), ...groups)
    .map((parts): object => Object.assign({}, ...parts) as object);
}

function arbitraryValue(field: protobuf.Field, pageDepth: number): fc.Arbitrary<unknown> {
  const { resolvedType, type } = field.resolve();
  if (resolvedType instanceof protobuf.Enum) {
    return fc.constantFrom(...Object.keys(resolvedType.values));
  }
  if (resolvedType instanceof protobuf.Type) {
    if (resolvedType.fullName === '.google.protobuf.Timestamp') return timestamps;
    return arbitraryMessage(resolvedType, field.name === 'page' ? pageDepth - 1 : pageDepth);
  }
  const values = scalars[type];
  if (values === undefined) throw new Error(`chat.proto has a new type of field: ${type}`);
  return values;
}

const timestamps = fc
  .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map((date) => date.toISOString());

/** Values of each type as proto3-JSON; 64-bit numbers as far as chat.proto lets them go. */
const scalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'binary', minLength: 40, maxLength: 200, size: 'max' }),
    fc.constantFrom('', '\ufeff', '\ufeffhi', '\0', '👋', 'a'.repeat(4096)),
  ),
  bool: fc.boolean(),
  uint32: fc.oneof(fc.nat(300), fc.nat(0xffffffff)),
  uint64: fc.oneof(fc.nat(300), fc.maxSafeNat()).map(String),
};
