/** A byte stream to a server, of whatever transport. */
export interface Stream {
  /** Sends bytes, whole frames, in order, some time soon. Nothing happens after the end. */
  write(bytes: Uint8Array): void;
  /** Ends the sending side; `closed` follows once the server has ended its own. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

/** What a stream tells. */
export interface StreamListener {
  received(chunk: Uint8Array): void;
  /** The stream is gone; `problem` is why, unless it just ended. Called once. */
  closed(problem?: Error): void;
}

/** Opens a stream to the server at a URL, and rejects when there is none. */
export type Dial = (url: URL, listener: StreamListener, signal: AbortSignal) => Promise<Stream>;
