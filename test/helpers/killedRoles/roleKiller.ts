import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../../../sdk/seededRandom.ts";
import type { RoleProcess } from "./roleProcess.ts";

export interface RoleKillerOptions {
  roles: readonly RoleProcess[];
  seed: number;
  /** The longest time between two kills, and the shortest is a tenth; on a slow machine it is twice what a start takes. */
  mostPauseMs: number;
  write: (line: string) => void;
}

/** The longest time that a role stays dead. */
const MOST_DEAD_MS = 1_500;
/** One of so many starts is killed before it serves. */
const EARLY = 5;

/** Kills roles at times that a seed tells, and starts them again, until it is ended. */
export class RoleKiller {
  readonly #options: RoleKillerOptions;
  readonly #end = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: RoleKillerOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** All roles live afterwards. */
  async end(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { roles, seed, mostPauseMs, write } = this.#options;
    const random = seededRandom(seed, "killer");
    const upTo = (most: number) => random.uniform() * most;
    const { signal } = this.#end;
    let left: RoleProcess[] = [];
    let startMs = 0;
    const hasEnded = () => signal.aborted;
    for (;;) {
      const pauseMs = mostPauseMs / 10 + upTo(0.9 * mostPauseMs);
      await pause(Math.max(pauseMs, 2 * startMs), undefined, { signal }).catch(() => {});
      if (hasEnded()) return;
      // All have their turn, in an order of chance.
      if (left.length === 0) left = [...roles];
      const [role] = left.splice(Math.floor(upTo(left.length)), 1) as [RoleProcess];
      write(`kills the ${role.name}`);
      await role.kill();
      await pause(upTo(MOST_DEAD_MS));
      let startedMs = performance.now();
      const starting = role.start();
      if (upTo(EARLY) < 1) {
        await pause(upTo(MOST_DEAD_MS));
        write(`kills the ${role.name}, which is starting`);
        await role.kill();
        await starting;
        startedMs = performance.now();
        await role.start();
      } else await starting;
      startMs = performance.now() - startedMs;
    }
  }
}
