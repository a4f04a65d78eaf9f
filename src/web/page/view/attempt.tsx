import { useSignal } from '@preact/signals';
import { problemOf } from '../../model/sentences.js';

/** Whether something is under way, and what went wrong with it. */
export function useAttempt(): {
  readonly isBusy: boolean;
  readonly problem: string;
  readonly attempt: (done: Promise<void>) => void;
} {
  const isBusy = useSignal(false);
  const problem = useSignal('');
  const attempt = (done: Promise<void>): void => {
    isBusy.value = true;
    problem.value = '';
    done
      .catch((error: unknown) => (problem.value = problemOf(error)))
      .finally(() => (isBusy.value = false));
  };
  return { isBusy: isBusy.value, problem: problem.value, attempt };
}
