import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../../../sdk/seededRandom.ts";
import type { RoleProcess } from "./roleProcess.ts";

export interface RoleKillerOptions {
  roles: readonly RoleProcess[];
  seed: number;
  /** The longest time between two kills; the shortest is a tenth. */
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
    const hasEnded = () => signal.aborted;
    for (;;) {
      const pauseMs = mostPauseMs / 10 + upTo(0.9 * mostPauseMs);
      await pause(pauseMs, undefined, { signal }).catch(() => {});
      if (hasEnded()) return;
      // All have their turn, in an order of chance.
      if (left.length === 0) left = [...roles];
      const [role] = left.splice(Math.floor(upTo(left.length)), 1) as [RoleProcess];
      write(`kills the ${role.name}`);
      await role.kill();
      await pause(upTo(MOST_DEAD_MS));
      const starting = role.start();
      if (upTo(EARLY) < 1) {
        await pause(upTo(MOST_DEAD_MS));
        write(`kills the ${role.name}, which is starting`);
        await role.kill();
        await starting;
        await role.start();
      } else await starting;
    }
  }
}
