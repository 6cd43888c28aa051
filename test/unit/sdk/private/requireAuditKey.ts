import { expect } from "chai";
import { auditKeyOf } from "../../../../sdk/private/auditKey.ts";
import type { PoolFollower } from "../../../../sdk/private/chain/poolFollower.ts";
import { FollowedGatewayPool } from "../../../../sdk/private/gateway/followedGatewayPool.ts";
import { FollowedMatcherPool } from "../../../../sdk/private/matcher/followedMatcherPool.ts";
import {
  NoAuditKeyError,
  requireAuditKey,
  UnpublishedAuditKeyError,
} from "../../../../sdk/private/requireAuditKey.ts";

const PUBLISHED = auditKeyOf(3n).key;
const FORGED = auditKeyOf(4n).key;
const address = "0x0000000000000000000000000000000000000001";

/** What was read of a node that says that this is the key. */
const readOf = (key: typeof FORGED | undefined) =>
  ({
    address,
    state: { auditKey: key && { version: 1, key, log: undefined as never } },
    pool: () => Promise.resolve({ chainId: 1n, pool: address }),
    terms: () => Promise.resolve({}),
  }) as unknown as PoolFollower;

describe("requireAuditKey", () => {
  it("gives the key that was published, whichever of them is current", () => {
    for (const key of [PUBLISHED, FORGED]) {
      expect(requireAuditKey(readOf(key), [PUBLISHED, FORGED])).to.deep.equal(key);
    }
  });

  it("gives no key that a node made up, not even with half of a published one", () => {
    for (const key of [FORGED, [PUBLISHED[0], FORGED[1]], [FORGED[0], PUBLISHED[1]]] as const) {
      expect(() => requireAuditKey(readOf(key), [PUBLISHED])).to.throw(UnpublishedAuditKeyError);
    }
    expect(() => requireAuditKey(readOf(PUBLISHED), [])).to.throw(UnpublishedAuditKeyError);
  });

  it("believes the node where nothing was published, but for no key at all", () => {
    expect(requireAuditKey(readOf(FORGED))).to.equal(FORGED);
    expect(() => requireAuditKey(readOf(undefined))).to.throw(NoAuditKeyError);
  });

  it("keeps a gateway and a matcher from sealing to a key that was made up", async () => {
    const sender = { address, send: () => Promise.reject(new Error("not asked")) };
    for (const { connect } of [
      { connect: FollowedGatewayPool.connect.bind(FollowedGatewayPool) },
      { connect: FollowedMatcherPool.connect.bind(FollowedMatcherPool) },
    ]) {
      const pool = await connect(readOf(FORGED), sender, [PUBLISHED]);
      expect(() => pool.auditKey).to.throw(UnpublishedAuditKeyError);
      expect((await connect(readOf(PUBLISHED), sender, [PUBLISHED])).auditKey).to.equal(PUBLISHED);
    }
  });
});
