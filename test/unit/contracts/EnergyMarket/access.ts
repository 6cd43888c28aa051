import { expect } from "chai";
import { ZeroHash } from "ethers";
import { goTo, join } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { sent, type Signer } from "../../../helpers/verbs.ts";

const DELAY = 3_600;
const PROFILE = {
  displayName: "Eve",
  energyType: 0,
  greenPreference: false,
  microgrid: ZeroHash,
  location: ZeroHash,
};

describe("EnergyMarket, Registry: who may call what", () => {
  const scene = stage(
    async (fixture) => {
      await goTo(fixture, 4, 1);
      const alice = await join(fixture, fixture.actors.people[0]!);
      return { alice };
    },
    { adminDelay: DELAY },
  );

  type Call = (by: Signer) => Promise<unknown>;
  const calls: Record<string, Call> = {
    "market.openAccount": (by) => scene.market.connect(by).openAccount(by.address),
    "market.setAuthorised": (by) => scene.market.connect(by).setAuthorised(2, true),
    "market.setEnergyType": (by) => scene.market.connect(by).setEnergyType(2, true, true),
    "market.bindMeter": (by) => scene.market.connect(by).bindMeter(2, by.address, 1, 0, 0),
    "market.rebindMeter": (by) =>
      scene.market.connect(by).rebindMeter(2, by.address, 1, 0, 0, 0, 0),
    "market.liftSuspension": (by) => scene.market.connect(by).liftSuspension(2),
    "market.setFrozen": (by) => scene.market.connect(by).setFrozen(2, true),
    "market.scheduleParameters": (by) =>
      scene.market.connect(by).scheduleParameters(scene.parameters, 100),
    "registry.authorise": (by) => scene.registry.connect(by).authorise(by.address),
    "registry.revoke": (by) => scene.registry.connect(by).revoke(2),
    "registry.bindMeter": (by) => scene.registry.connect(by).bindMeter(2, "s", by.address, 1, 0, 0),
    "registry.rebindMeter": (by) =>
      scene.registry.connect(by).rebindMeter(2, "s", by.address, 1, 0, 0, 0, 0),
    "registry.setOpeningKey": (by) =>
      scene.registry.connect(by).setOpeningKey("0x02" + "11".repeat(32)),
    "registry.setReadingInterval": (by) => scene.registry.connect(by).setReadingInterval(60),
    "token.mint": (by) => scene.token.connect(by).mint(by.address, 1),
  };
  const allowed: Record<string, string[]> = {
    operator: [
      "market.liftSuspension",
      "registry.authorise",
      "registry.revoke",
      "registry.bindMeter",
      "registry.rebindMeter",
      "registry.setOpeningKey",
      "registry.setReadingInterval",
    ],
    regulator: ["market.setFrozen"],
    treasurer: ["token.mint"],
    admin: [],
    grid: [],
    gateway: [],
    deployer: [],
    stranger: [],
    participant: [],
  };
  const signerOf = (actor: string): Signer =>
    actor === "participant"
      ? scene.alice.owner
      : scene.actors[actor as Exclude<keyof typeof scene.actors, "people">];

  for (const [actor, names] of Object.entries(allowed)) {
    it(`${actor} may call ${names.length === 0 ? "nothing that is restricted" : names.join(", ")}`, async () => {
      const signer = signerOf(actor);
      for (const [name, call] of Object.entries(calls)) {
        const outcome = await call(signer).then(
          () => "done",
          (error: unknown) => String(error),
        );
        const isRefused =
          /AccessManaged(Unauthorized|RequiredDelay)|AccessManagerNotScheduled/.test(outcome);
        expect(isRefused, `${name} by ${actor}: ${outcome}`).to.equal(!names.includes(name));
      }
    });
  }

  it("the administrator's change of rules is announced and waits for its delay", async () => {
    const { accessManager, market, marketAddress, actors, parameters, networkHelpers } = scene;
    const data = market.interface.encodeFunctionData("scheduleParameters", [parameters, 100]);
    const byAdmin = accessManager.connect(actors.admin);
    await expect(byAdmin.execute(marketAddress, data)).to.be.revertedWithCustomError(
      accessManager,
      "AccessManagerNotScheduled",
    );
    await sent(byAdmin.schedule(marketAddress, data, 0));
    await expect(byAdmin.execute(marketAddress, data)).to.be.revertedWithCustomError(
      accessManager,
      "AccessManagerNotReady",
    );
    await networkHelpers.time.increase(DELAY);
    await expect(byAdmin.execute(marketAddress, data)).to.emit(market, "ParametersScheduled");
    // The same, called at the market itself.
    const again = market.interface.encodeFunctionData("scheduleParameters", [parameters, 300]);
    await sent(byAdmin.schedule(marketAddress, again, 0));
    await networkHelpers.time.increase(DELAY);
    await goTo(scene, 120, 0);
    await market.connect(actors.admin).scheduleParameters(parameters, 300);
  });

  it("the deployer keeps no role", async () => {
    const { accessManager, actors } = scene;
    for (const role of [0, 1, 2, 3, 4]) {
      expect((await accessManager.hasRole(role, actors.deployer.address))[0]).to.be.false;
    }
    expect((await accessManager.hasRole(0, actors.admin.address)).toString()).to.equal(
      `true,${DELAY}`,
    );
  });

  it("no role moves money of another", async () => {
    const { market, alice, actors, token } = scene;
    const { balanceNano } = await market.accountOf(alice.id);
    for (const actor of [actors.admin, actors.operator, actors.regulator, actors.treasurer]) {
      await expect(market.connect(actor).withdraw(1, actor.address)).to.be.revertedWithCustomError(
        market,
        "UnknownAccount",
      );
      await expect(
        token.connect(actor).transferFrom(scene.marketAddress, actor.address, 1),
      ).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
    }
    expect((await market.accountOf(alice.id)).balanceNano).to.equal(balanceNano);
  });

  it("anybody may register", async () => {
    await scene.registry.connect(scene.actors.stranger).register(PROFILE);
  });
});
