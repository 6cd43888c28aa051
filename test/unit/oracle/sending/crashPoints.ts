import { expect } from "chai";
import { toBeHex } from "ethers";
import { MortalProcess } from "../../../helpers/mortalProcess.ts";
import { SendingScene } from "../../../helpers/sendingScene.ts";

/** What a daemon does with two readings: submits what is signed, until all is final. */
async function work(scene: SendingScene, life?: MortalProcess): Promise<void> {
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
async function dieAndGoOn(scene: SendingScene, lastStep: number): Promise<boolean> {
  const life = new MortalProcess(lastStep);
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
  it("loses and doubles nothing, cut off after any step", async () => {
    let lastStep = -1;
    for (let died = true; died;) {
      const scene = new SendingScene();
      died = await dieAndGoOn(scene, ++lastStep);
      expectAllCounted(scene, `step ${lastStep}`);
    }
    expect(lastStep).to.be.greaterThan(50);
  });

  it("loses nothing where it is replacing a transaction", async () => {
    let lastStep = 0;
    for (let died = true; died;) {
      const scene = new SendingScene(1, { bumpAfterS: 2, bumpAfterBlocks: 1, maxInFlight: 1 });
      scene.chain.leastTip = 3n;
      await scene.submit(1);
      const life = new MortalProcess(++lastStep);
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
    for (let lastStep = 1; lastStep < 60; lastStep += 2) {
      const scene = new SendingScene();
      const life = new MortalProcess(lastStep);
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
