import type { RpcRequest } from "../../oracle/sending/rpc.ts";
import type { TransactionStore } from "../../oracle/sending/transactionStore.ts";

/** The process is dead: nothing of it happens any more. */
class DeadError extends Error {}

/** Cuts a process off after its n-th step, a change of the store or a request to the node; that is before the next. */
export class MortalProcess {
  readonly #lastStep: number;
  #steps = 0;

  constructor(lastStep: number) {
    this.#lastStep = lastStep;
  }

  get hasEnded(): boolean {
    return this.#steps >= this.#lastStep;
  }

  #enter(): void {
    if (this.hasEnded) throw new DeadError();
    ++this.#steps;
  }

  #leave(): void {
    // What was done is done, but whoever did it never hears of it.
    if (this.hasEnded) throw new DeadError();
  }

  store(store: TransactionStore): TransactionStore {
    return new Proxy(store, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target) as (...args: unknown[]) => unknown;
        const isRead = ["openTransactions", "highestMinedNonce", "chainMark"].includes(
          String(name),
        );
        return (...args: unknown[]) => {
          if (isRead) {
            if (this.hasEnded) throw new DeadError();
            return member.apply(target, args);
          }
          this.#enter();
          const result = member.apply(target, args);
          this.#leave();
          return result;
        };
      },
    });
  }

  request(request: RpcRequest): RpcRequest {
    return async (method, params) => {
      this.#enter();
      const result = await request(method, params);
      this.#leave();
      return result;
    };
  }
}
