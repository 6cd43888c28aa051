import { setTimeout as pause } from "node:timers/promises";
import type { RpcRequest } from "../../../sdk/rpc/functionProvider.ts";

/** What a node does instead of answering: it has the request and what would answer it rightly. */
export type RpcFault = (
  method: string,
  params: readonly unknown[],
  answer: RpcRequest,
) => Promise<unknown>;

/** A node before a chain that can be down, slow, forgetful or a liar. */
export class FaultyRpc {
  /** The chain that answers where there is no fault; it may be changed for another. */
  chain: RpcRequest;
  fault: RpcFault | undefined;
  /** How often each method was asked for. */
  readonly counts = new Map<string, number>();

  constructor(chain: RpcRequest) {
    this.chain = chain;
  }

  readonly request: RpcRequest = async (method, params) => {
    this.counts.set(method, (this.counts.get(method) ?? 0) + 1);
    const { chain, fault } = this;
    return fault === undefined ? chain(method, params) : fault(method, params, chain);
  };

  count(method: string): number {
    return this.counts.get(method) ?? 0;
  }
}

/** Nobody listens. */
export const isDown: RpcFault = () => Promise.reject(new Error("connect ECONNREFUSED"));

/** Every answer comes so late. */
export const isSlow =
  (ms: number): RpcFault =>
  async (method, params, answer) => {
    await pause(ms);
    return answer(method, params);
  };

/** Does what it is asked for, and the connection breaks before it can say so. */
export const losesReplyTo =
  (lost: string): RpcFault =>
  async (method, params, answer) => {
    const result = await answer(method, params);
    if (method === lost) throw new Error("socket hang up");
    return result;
  };

/** Answers one method as it likes. */
export const says =
  (about: string, lie: (truth: unknown) => unknown): RpcFault =>
  async (method, params, answer) => {
    const truth = await answer(method, params);
    return method === about ? lie(truth) : truth;
  };
