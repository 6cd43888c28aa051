import { expect } from "chai";
import type { GatewayStore } from "../../../../oracle/store/gatewayStore.ts";
import { MortalProcess } from "../../../helpers/mortalProcess.ts";
import { SendingScene } from "../../../helpers/sendingScene.ts";
import { readingOf, storeSigned, useStores } from "../store/stores.ts";

/** Submits what is signed and follows it until all is final, as the daemon does. */
async function work(scene: SendingScene, store: GatewayStore): Promise<void> {
  do {
    for (const { id, state } of store.readings.pending())
      if (state === "signed") await scene.submit(id);
    await scene.step();
    for (const { id, readingIds } of store.transactions.withoutOutcome()) {
      const outcomes = readingIds.map((readingId) => ({ id: readingId, type: "counted" }) as const);
      store.transactions.storeOutcome(id, outcomes);
    }
  } while (!scene.manager.isIdle());
}

describe("TransactionManager on the gateway's store", function () {
  const stores = useStores();

  it("loses and doubles nothing, killed after any step and started on the same file", async () => {
    let died = true;
    // Every fifth step: the store on the disk is slower than the one in memory, which dies at every step.
    for (let lastStep = 1; died; lastStep += 5) {
      const scene = new SendingScene();
      const path = `gateway-${lastStep}.db`;
      const store = stores.open({ chainId: 1_337n }, path);
      storeSigned(store, [readingOf(2, 1), readingOf(3, 1)]);
      const life = new MortalProcess(lastStep);
      const node = { name: "node", request: life.request(scene.node.request) };
      scene.start(life.store(store.transactions), [node]);
      await work(scene, store).catch((error: unknown) => {
        if (!life.hasEnded) throw error;
      });
      died = life.hasEnded;
      store.close();

      const again = stores.open({ chainId: 1_337n }, path);
      scene.start(again.transactions);
      await work(scene, again);
      expect(again.readings.counts(), `step ${lastStep}`).to.include({ final: 2, sent: 0 });
      expect(again.transactions.counts()).to.include({ final: 2, abandoned: 0 });
      expect(scene.chain.counted).to.have.length(2);
      again.close();
    }
  });

  it("frees the readings of a transaction that a foreign one displaced, and counts them then", async () => {
    const scene = new SendingScene();
    const store = stores.open({ chainId: 1_337n });
    storeSigned(store, [readingOf(2, 1)]);
    scene.start(store.transactions);
    scene.node.drops = true;
    await scene.submit(1);
    scene.node.drops = false;
    await scene.sendForeign(0);
    await scene.step(4);
    expect(store.readings.counts()).to.include({ signed: 1 });
    await work(scene, store);
    expect(store.readings.counts()).to.include({ final: 1 });
    expect(store.transactions.counts()).to.include({ final: 1, abandoned: 1 });
  });

  it("sends again after a reorganisation", async () => {
    const scene = new SendingScene();
    const store = stores.open({ chainId: 1_337n });
    storeSigned(store, [readingOf(2, 1)]);
    scene.start(store.transactions);
    await scene.submit(1);
    await scene.step();
    store.transactions.storeOutcome(1, [{ id: 1, type: "counted" }]);
    scene.chain.reorganise(1, { keep: false, newDepth: 2 });
    await scene.step(1, 0);
    expect(store.readings.counts()).to.include({ sent: 1, included: 0 });
    await work(scene, store);
    expect(store.readings.counts()).to.include({ final: 1 });
  });
});
