import { expect } from "chai";
import { toBeHex } from "ethers";
import type { RpcRequest } from "../../../../oracle/sending/rpc.ts";
import type { TransactionStore } from "../../../../oracle/sending/transactionStore.ts";
import { SendingScene } from "../../../helpers/sendingScene.ts";

/** The process is dead: nothing of it happens any more. */
class Dead extends Error {}

/** Cuts a process off before or after its n-th step: a change of the store or a request to the node. */
class Life {
  readonly #lastStep: number;
  readonly #when: "before" | "after";
  #steps = 0;

  constructor(lastStep: number, when: "before" | "after") {
    this.#lastStep = lastStep;
    this.#when = when;
  }

  get hasEnded(): boolean {
    return this.#steps >= this.#lastStep;
  }

  #enter(): void {
    if (this.hasEnded) throw new Dead();
    if (++this.#steps >= this.#lastStep && this.#when === "before") throw new Dead();
  }

  #leave(): void {
    // What was done is done, but whoever did it never hears of it.
    if (this.hasEnded) throw new Dead();
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
            if (this.hasEnded) throw new Dead();
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

/** What a daemon does with two readings: submits what is signed, until all is final. */
async function work(scene: SendingScene, life?: Life): Promise<void> {
  for (const reading of [1, 2]) {
    if ((scene.store.readings.get(reading) ?? "signed") === "signed") await scene.submit(reading);
    if (life?.hasEnded === true) return;
    await scene.step();
  }
  while (!scene.manager.isIdle()) {
    await scene.step();
    if (life?.hasEnded === true) return;
  }
}

/** @returns false where the work was done before the process could die */
async function dieAndGoOn(
  scene: SendingScene,
  lastStep: number,
  when: "before" | "after",
): Promise<boolean> {
  const life = new Life(lastStep, when);
  const node = { name: "node", request: life.request(scene.node.request) };
  scene.start(life.store(scene.store), [node]);
  await work(scene, life).catch((error: unknown) => {
    if (!life.hasEnded) throw error;
  });
  scene.start();
  await work(scene);
  return life.hasEnded;
}

function expectAllCounted(scene: SendingScene, where: string): void {
  expect([...scene.store.readings.values()], where).to.deep.equal(["final", "final"]);
  const counted = [...scene.chain.counted].sort();
  expect(counted, where).to.deep.equal([toBeHex(1, 4), toBeHex(2, 4)]);
  // Nothing was signed twice: the same attempts were sent again.
  expect(scene.store.transactions, where).to.have.length(2);
  expect(scene.nonces, where).to.deep.equal([0, 1]);
  const told = scene.events.map(({ type, transaction }) => `${type} ${transaction.nonce}`);
  for (const event of ["included 0", "included 1", "final 0", "final 1"])
    expect(told, where).to.include(event);
}

describe("TransactionManager that is killed", () => {
  for (const when of ["before", "after"] as const) {
    it(`loses and doubles nothing, cut off ${when} any step`, async () => {
      let lastStep = 0;
      for (let died = true; died;) {
        const scene = new SendingScene();
        died = await dieAndGoOn(scene, ++lastStep, when);
        expectAllCounted(scene, `step ${lastStep}`);
      }
      expect(lastStep).to.be.greaterThan(50);
    });
  }

  it("loses nothing where it is replacing a transaction", async () => {
    let lastStep = 0;
    for (let died = true; died;) {
      const scene = new SendingScene(1, { bumpAfterS: 2, bumpAfterBlocks: 1, maxInFlight: 1 });
      scene.chain.leastTip = 3n;
      await scene.submit(1);
      const life = new Life(++lastStep, "after");
      const node = { name: "node", request: life.request(scene.node.request) };
      scene.start(life.store(scene.store), [node]);
      await scene.step(4).catch((error: unknown) => {
        if (!life.hasEnded) throw error;
      });
      died = life.hasEnded;
      scene.start();
      while (!scene.manager.isIdle()) await scene.step();
      expect(scene.states, `step ${lastStep}`).to.deep.equal(["final"]);
      expect(scene.chain.counted).to.deep.equal([toBeHex(1, 4)]);
      // Every attempt that a node ever saw had been stored.
      const stored = scene.store.transactions[0]!.attempts.map(({ raw }) => raw);
      for (const raw of scene.chain.received) expect(stored).to.include(raw);
    }
  });

  it("loses nothing where a block is reorganised away while it is dead", async () => {
    for (let lastStep = 1; lastStep < 60; ++lastStep) {
      const scene = new SendingScene();
      const life = new Life(lastStep, "after");
      const node = { name: "node", request: life.request(scene.node.request) };
      scene.start(life.store(scene.store), [node]);
      await work(scene, life).catch((error: unknown) => {
        if (!life.hasEnded) throw error;
      });
      if (scene.chain.height < 13) scene.chain.mine();
      scene.chain.reorganise(1, { keep: false, newDepth: 2 });
      scene.start();
      await work(scene);
      const counted = [...scene.chain.counted].sort();
      expect(counted, `step ${lastStep}`).to.deep.equal([toBeHex(1, 4), toBeHex(2, 4)]);
      expect([...scene.store.readings.values()]).to.deep.equal(["final", "final"]);
    }
  });
});
