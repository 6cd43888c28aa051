import { expect } from "chai";
import { addressWord } from "../../../../../sdk/private/context.ts";
import { GATEWAY_TAG, stagePool } from "../../../../helpers/privateMarket.ts";
import { fresh, issueGeneration } from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const any = () => true;

describe("NotePool.issueGeneration", () => {
  const scene = stagePool(async () => Promise.resolve({}));

  it("adds a generation note of the sending gateway", async () => {
    const commitment = fresh();
    await expect(issueGeneration(scene, commitment))
      .to.emit(scene.pool, "NoteAdded")
      .withArgs(0, 1, commitment, 0, (memo: bigint[]) => memo.length === 5);
  });

  it("refuses who is no gateway, or is none any more", async () => {
    const { pool, actors } = scene;
    const { stranger, gateway, operator } = actors;
    await expectRefusal(
      issueGeneration(scene, fresh(), { by: stranger }),
      pool,
      "UnknownGateway",
      stranger.address,
    );
    await pool.connect(operator).setGateway(gateway.address, 0);
    await expectRefusal(issueGeneration(scene), pool, "UnknownGateway", gateway.address);
  });

  it("refuses another gateway's energy", async () => {
    await expectRefusal(
      issueGeneration(scene, fresh(), { signals: { gateway: GATEWAY_TAG + 1n } }),
      scene.pool,
      "ForeignGateway",
      GATEWAY_TAG,
      GATEWAY_TAG + 1n,
    );
  });

  it("refuses a proof that another gateway's address is bound to", async () => {
    const { pool, actors } = scene;
    const bound = [addressWord(actors.stranger.address)];
    await expectRefusal(issueGeneration(scene, fresh(), { bound }), pool, "ForeignContext");
  });

  it("refuses a note that was issued before", async () => {
    const { pool } = scene;
    const commitment = fresh();
    await issueGeneration(scene, commitment);
    await expectRefusal(issueGeneration(scene, commitment), pool, "NoteKnown", commitment);
    await expect(issueGeneration(scene)).to.emit(pool, "NoteAdded").withArgs(1, 1, any, 0, any);
  });
});
