import path from "node:path";
import { expect } from "chai";
import { ROLES } from "../../../ignition/modules/Sealwatt.ts";
import { PERIOD, stageKeyHolder, startOf } from "../../helpers/stageKeyHolder.ts";

describe("A key holder whose account lacks a role", function () {
  this.timeout(120_000);
  const staged = stageKeyHolder();

  const admin = () => {
    const { accessManager, actors } = staged.fixture;
    const { address } = actors.keyHolder;
    const manager = accessManager.connect(actors.admin);
    return {
      revoke: (role: bigint) => manager.revokeRole(role, address),
      grant: (role: bigint, delayS = 0) => manager.grantRole(role, address, delayS),
    };
  };
  const reasons = () => staged.running.service.readiness().reasons;
  const readyz = async () => (await fetch(`${staged.running.url}/readyz`)).status;

  it("says so when it starts and at /readyz, and proposes what it formed once the role is granted", async () => {
    await admin().revoke(ROLES.matcher);
    await staged.restart();
    const [warning] = staged.running.lines.filter((line) => line.includes("A role is missing."));
    expect(warning).to.contain("the pool's matcher role").and.contain("administrator");
    expect([await readyz(), reasons()]).to.deep.equal([
      503,
      ["its account has not the pool's matcher role"],
    ]);
    const uploads = await staged.book({ side: "sell" }, { side: "buy" });
    const { opened, finished } = await staged.matcher.playRound(PERIOD, 0, uploads);
    expect(opened).to.deep.equal([{ formed: true }]);
    expect(finished).to.deep.equal({ proposed: [], refused: [] });
    await admin().grant(ROLES.matcher);
    await staged.running.service.tend();
    const [match] = [...staged.running.service.chain.state.matches.values()];
    expect(match!.sellPlan).to.equal(uploads[0]!.header.plan);
    expect(await readyz()).to.equal(200);
    expect(staged.running.lines.join("\n")).to.contain("A role was granted.");
  });

  it("keeps what it formed while the role is taken away in between", async () => {
    const uploads = await staged.book({ side: "sell" }, { side: "buy" });
    await admin().revoke(ROLES.matcher);
    await staged.matcher.playRound(PERIOD, 0, uploads);
    expect(reasons()).to.deep.equal(["its account has not the pool's matcher role"]);
    // With a delay it is of no use: what is proposed would have to be announced.
    await admin().grant(ROLES.matcher, 60);
    await staged.running.service.tend();
    expect(reasons()).to.have.length(1);
    await admin().revoke(ROLES.matcher);
    await admin().grant(ROLES.matcher);
    await staged.running.service.tend();
    expect(staged.running.service.chain.state.matches.size).to.equal(1);
  });

  it("gives them up when delivery begins without it @long", async () => {
    await admin().revoke(ROLES.matcher);
    const uploads = await staged.book({ side: "sell" }, { side: "buy" });
    await staged.matcher.playRound(PERIOD, 0, uploads);
    await staged.goTo(startOf(PERIOD));
    const status = (await staged.client.get("/status")).json() as { matches: object };
    expect(status.matches).to.deep.equal({ formed: 0, proposed: 0, refused: 1 });
  });

  it("serves, and announces an epoch when it may", async () => {
    await admin().revoke(ROLES.keyHolder);
    await staged.keyHolders.stop(staged.running.service);
    // It has none of the keys that were announced, and announces its own.
    await staged.start({ folder: path.join(staged.keyHolders.folder, "other") });
    expect(await readyz()).to.equal(503);
    expect(reasons()).to.include("its account has not the record's key holder role");
    await admin().grant(ROLES.keyHolder);
    await staged.running.service.tend();
    expect(reasons()).to.deep.equal([]);
  });
});
