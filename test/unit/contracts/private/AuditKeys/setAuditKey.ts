import { expect } from "chai";
import { auditKeyOf } from "../../../../../sdk/private/auditKey.ts";
import { FIELD_ORDER } from "../../../../../sdk/private/field.ts";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import { deposit } from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

describe("AuditKeys.setAuditKey", () => {
  const scene = stagePool(async () => Promise.resolve({}));

  it("sets the next version", async () => {
    const { pool, actors, auditKey } = scene;
    expect([...(await pool.auditKey())]).to.deep.equal([1n, ...auditKey]);
    for (const version of [2n, 3n]) {
      const { key, eighth } = auditKeyOf(version);
      await expect(pool.connect(actors.regulator).setAuditKey([...key], [...eighth]))
        .to.emit(pool, "AuditKeySet")
        .withArgs(version, ...key);
      expect([...(await pool.auditKey())]).to.deep.equal([version, ...key]);
    }
  });

  it("is the regulator's alone", async () => {
    const { pool, actors } = scene;
    const { key, eighth } = auditKeyOf(2n);
    for (const by of [actors.operator, actors.matcher, actors.admin, actors.stranger]) {
      await expectRefusal(
        pool.connect(by).setAuditKey([...key], [...eighth]),
        pool,
        "AccessManagedUnauthorized",
        by.address,
      );
    }
  });

  it("refuses what is no key of order l", async () => {
    const { pool, actors } = scene;
    const { key, eighth } = auditKeyOf(2n);
    for (const [point, claim] of [
      [
        [0n, 1n],
        [0n, 1n],
      ],
      [
        [0n, 0n],
        [0n, 0n],
      ],
      [key, key],
      [[key[0], key[1] + FIELD_ORDER], eighth],
      [[1n, 1n], eighth],
    ] as const) {
      await expectRefusal(
        pool.connect(actors.regulator).setAuditKey([...point], [...claim]),
        pool,
        "AuditKeyInvalid",
        point[0],
        point[1],
      );
    }
    expect((await pool.auditKey()).version).to.equal(1n);
  });

  it("is needed before anything: without it no proof is taken", async () => {
    const { ethers, configuration, libraries } = scene;
    const pool = await ethers.deployContract("PrivateMarket", [configuration], { libraries });
    const bare = {
      ...scene,
      pool,
      poolId: { ...scene.poolId, pool: await pool.getAddress() },
      auditKey: [0n, 0n] as const,
    };
    expect([...(await pool.auditKey())]).to.deep.equal([0n, 0n, 0n]);
    await expectRefusal(deposit(bare), pool, "StaleAuditKey", 0, 0, 0);
  });
});
