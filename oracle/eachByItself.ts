import { StoreDamagedError, StoreWriteError } from "./store/errors.ts";

/**
 * Does one thing after another, each whether or not those before it could be done.
 * @throws what the first of them that failed has thrown, in the end; StoreWriteError and StoreDamagedError at once
 */
export async function eachByItself(steps: readonly (() => unknown)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      // Nothing can be kept any more.
      if (error instanceof StoreWriteError || error instanceof StoreDamagedError) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
