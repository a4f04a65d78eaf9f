/**
 * What a session has said, which decides what it may say.
 * - `new`: nothing yet.
 * - `bare`: a message without a hello before it.
 * - `greeting`: a hello that was refused; another one may follow.
 * - `full`: a hello that was welcomed.
 */
export type Phase = 'new' | 'bare' | 'greeting' | 'full';
