/** What a session has said, which decides what it may say: one of these bits. */
export const phases = {
  /** Nothing yet. */
  new: 1,
  /** A message without a hello before it. */
  bare: 2,
  /** A hello that was refused; another one may follow. */
  greeting: 4,
  /** A hello that was welcomed. */
  full: 8,
} as const;

export type Phase = (typeof phases)[keyof typeof phases];
