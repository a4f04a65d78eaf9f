import type { Socket } from 'node:net';

/** Who is told what happens to a socket. */
export interface SocketOwner {
  /** The peer has ended its side, and all before that was read. */
  ended(): void;
  /** The system has taken all that was written. */
  drained(): void;
  /** All has been sent, the end included. */
  finished(): void;
  failed(error: Error): void;
  closed(): void;
}

const owner = Symbol('owner');

/** A socket that knows its owner, so that all sockets can share their handlers. */
interface OwnedSocket extends Socket {
  [owner]: SocketOwner;
}

export function tellOwner(socket: Socket, told: SocketOwner): void {
  (socket as OwnedSocket)[owner] = told;
  socket.on('end', onEnd).on('drain', onDrain);
  socket.on('finish', onFinish).on('error', onError).on('close', onClose);
}

export function tellNobody(socket: Socket): void {
  socket.off('end', onEnd).off('drain', onDrain);
  socket.off('finish', onFinish).off('error', onError).off('close', onClose);
}

function onEnd(this: OwnedSocket): void {
  this[owner].ended();
}

function onDrain(this: OwnedSocket): void {
  this[owner].drained();
}

function onFinish(this: OwnedSocket): void {
  this[owner].finished();
}

function onError(this: OwnedSocket, error: Error): void {
  this[owner].failed(error);
}

function onClose(this: OwnedSocket): void {
  this[owner].closed();
}
