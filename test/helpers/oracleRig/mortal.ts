import type { RpcRequest } from "../../../sdk/rpc/functionProvider.ts";
import type { GatewayStore } from "../../../oracle/store/gatewayStore.ts";

/** The process is dead: nothing that it does has an effect any more. */
export class DeadError extends Error {}

/** What is done to the store between a meter's answer and the end of its reading, and asked of the node. */
export const STEPS = {
  readings: ["storeRead", "storeSigned"],
  transactions: ["addTransaction", "markSent", "markIncluded", "storeOutcome", "markFinal"],
  node: ["eth_sendRawTransaction", "eth_getTransactionReceipt"],
} as const;

/** Cuts a gateway off right before or right after a step, the first time that it comes to it. */
export class MortalGateway {
  readonly #step: string;
  readonly #when: "before" | "after";
  #die!: () => void;
  /** Resolves when it is dead. */
  readonly died = new Promise<void>((resolve) => (this.#die = resolve));
  #isDead = false;

  constructor(step: string, when: "before" | "after") {
    this.#step = step;
    this.#when = when;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  #at(step: string, when: "before" | "after"): void {
    if (!this.#isDead && step === this.#step && when === this.#when) {
      this.#isDead = true;
      this.#die();
    }
    if (this.#isDead) throw new DeadError();
  }

  wrapStore(store: GatewayStore): GatewayStore {
    const members: Record<string, unknown> = {
      readings: this.#wrap(store.readings, STEPS.readings),
      transactions: this.#wrap(store.transactions, STEPS.transactions),
    };
    return new Proxy(store, {
      get: (target, name) => {
        if (name in members) return members[String(name)];
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          this.#at("", "before");
          return (member as (...args: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  }

  request(request: RpcRequest): RpcRequest {
    return async (method, params) => {
      this.#at(method, "before");
      const result = await request(method, params);
      this.#at(method, "after");
      return result;
    };
  }

  #wrap<T extends object>(target: T, steps: readonly string[]): T {
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name, object);
        if (typeof member !== "function") return member;
        const step = steps.includes(String(name)) ? String(name) : "";
        return (...args: unknown[]) => {
          this.#at(step, "before");
          const result = (member as (...args: unknown[]) => unknown).apply(object, args);
          this.#at(step, "after");
          return result;
        };
      },
    });
  }
}
