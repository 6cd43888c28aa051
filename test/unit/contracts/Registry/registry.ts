import { expect } from "chai";
import { encodeBytes32String, ZeroHash } from "ethers";
import { goTo, join } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";

const PROFILE = {
  displayName: "Alice",
  energyType: 1,
  greenPreference: false,
  microgrid: encodeBytes32String("north"),
  location: encodeBytes32String("house 7"),
};
const KEY = "0x02" + "11".repeat(32);

describe("Registry", () => {
  const scene = stage(async (fixture) => {
    await goTo(fixture, 4, 1);
    const { registry, actors } = fixture;
    const [alice, bob] = actors.people;
    return {
      alice: alice!,
      bob: bob!,
      byAlice: registry.connect(alice),
      byOperator: registry.connect(actors.operator),
    };
  });

  async function authorised(profile = PROFILE): Promise<bigint> {
    const { byAlice, byOperator, market, alice } = scene;
    await byAlice.register(profile);
    await byOperator.authorise(alice.address);
    return market.participantOf(alice.address);
  }

  describe("register", () => {
    it("keeps the profile and opens no account", async () => {
      const { registry, market, byAlice, alice } = scene;
      await expect(byAlice.register(PROFILE))
        .to.emit(registry, "Registered")
        .withArgs(alice.address, Object.values(PROFILE));
      expect([...(await registry.profileOf(alice.address))]).to.deep.equal([
        "Alice",
        1n,
        false,
        PROFILE.microgrid,
        PROFILE.location,
      ]);
      expect(await market.participantOf(alice.address)).to.equal(0n);
    });

    it("takes each owner once", async () => {
      const { registry, byAlice, alice } = scene;
      await byAlice.register(PROFILE);
      await expect(byAlice.register(PROFILE))
        .to.be.revertedWithCustomError(registry, "AlreadyRegistered")
        .withArgs(alice.address);
    });

    it("takes names of 1 to 64 bytes, not letters", async () => {
      const { registry, byAlice } = scene;
      for (const displayName of ["", "x".repeat(65), "é".repeat(33)]) {
        await expect(byAlice.register({ ...PROFILE, displayName }))
          .to.be.revertedWithCustomError(registry, "DisplayNameInvalid")
          .withArgs(displayName);
      }
      await byAlice.register({ ...PROFILE, displayName: "é".repeat(32) });
    });
  });

  describe("authorise", () => {
    it("opens the account with the profile's colours", async () => {
      const { market } = scene;
      const id = await authorised({ ...PROFILE, greenPreference: true });
      const account = await market.accountOf(id);
      expect([account.authorised, account.greenSupply, account.greenPreference]).to.deep.equal([
        true,
        true,
        true,
      ]);
    });

    for (const [energyType, name, green] of [
      [0, "none", false],
      [1, "solar", true],
      [2, "wind", true],
      [3, "hydro", true],
      [4, "biomass", true],
      [5, "controllable", false],
    ] as const) {
      it(`counts ${name} as ${green ? "green" : "not green"}`, async () => {
        const id = await authorised({ ...PROFILE, energyType });
        expect((await scene.market.accountOf(id)).greenSupply).to.equal(green);
      });
    }

    it("lets an account trade again that it has already", async () => {
      const { market, byOperator, alice } = scene;
      const id = await authorised();
      await byOperator.revoke(id);
      expect((await market.accountOf(id)).authorised).to.be.false;
      await byOperator.authorise(alice.address);
      expect(await market.participantOf(alice.address)).to.equal(id);
      expect((await market.accountOf(id)).authorised).to.be.true;
    });

    it("needs a registration", async () => {
      const { registry, byOperator, bob } = scene;
      await expect(byOperator.authorise(bob.address))
        .to.be.revertedWithCustomError(registry, "NotRegistered")
        .withArgs(bob.address);
    });
  });

  it("revoke knows participants alone", async () => {
    const { market, byOperator } = scene;
    for (const id of [0, 1, 2]) {
      await expect(byOperator.revoke(id))
        .to.be.revertedWithCustomError(market, "UnknownParticipant")
        .withArgs(id);
    }
  });

  describe("changeProfile", () => {
    it("before the account is open changes the profile alone", async () => {
      const { registry, byAlice, alice } = scene;
      await byAlice.register(PROFILE);
      const changed = { ...PROFILE, displayName: "Al", energyType: 2 };
      await expect(byAlice.changeProfile(changed))
        .to.emit(registry, "ProfileChanged")
        .withArgs(alice.address, Object.values(changed));
    });

    it("keeps the authorisation where generation and microgrid stay", async () => {
      const { market, byAlice } = scene;
      const id = await authorised();
      await byAlice.changeProfile({
        ...PROFILE,
        displayName: "Al",
        greenPreference: true,
        location: ZeroHash,
      });
      const account = await market.accountOf(id);
      expect([account.authorised, account.greenSupply, account.greenPreference]).to.deep.equal([
        true,
        true,
        true,
      ]);
    });

    for (const change of [{ energyType: 2 }, { microgrid: ZeroHash }]) {
      it(`must be authorised again after a change of ${Object.keys(change)[0]!}`, async () => {
        const { market, byAlice, byOperator, alice } = scene;
        const id = await authorised();
        await byAlice.changeProfile({ ...PROFILE, ...change });
        const account = await market.accountOf(id);
        expect([account.authorised, account.greenSupply]).to.deep.equal([false, false]);
        await byOperator.authorise(alice.address);
        expect((await market.accountOf(id)).greenSupply).to.be.true;
      });
    }

    it("needs a registration and a name", async () => {
      const { registry, byAlice, alice } = scene;
      await expect(byAlice.changeProfile(PROFILE))
        .to.be.revertedWithCustomError(registry, "NotRegistered")
        .withArgs(alice.address);
      await byAlice.register(PROFILE);
      await expect(
        byAlice.changeProfile({ ...PROFILE, displayName: "" }),
      ).to.be.revertedWithCustomError(registry, "DisplayNameInvalid");
    });

    it("profileOf needs one too", async () => {
      const { registry, alice } = scene;
      await expect(registry.profileOf(alice.address))
        .to.be.revertedWithCustomError(registry, "NotRegistered")
        .withArgs(alice.address);
    });
  });

  describe("bindMeter, rebindMeter", () => {
    const bind = (id: bigint, serial: string) =>
      scene.byOperator.bindMeter(id, serial, scene.actors.gateway.address, 5_000, 10, 20);
    const rebind = (id: bigint, serial: string) =>
      scene.byOperator.rebindMeter(id, serial, scene.actors.agent.address, 6_000, 15, 25, 1, 2);

    it("keep the history, the oldest first", async () => {
      const { registry, actors } = scene;
      const id = await authorised();
      await expect(bind(id, "A-1")).to.emit(registry, "MeterRecorded");
      await rebind(id, "B-2");
      const records = await registry.metersOf(id);
      expect(
        records.map((r) => [r.serial, r.gateway, r.meterId, r.ratedPowerW, r.importWh, r.exportWh]),
      ).to.deep.equal([
        ["A-1", actors.gateway.address, 1n, 5_000n, 10n, 20n],
        ["B-2", actors.agent.address, 2n, 6_000n, 1n, 2n],
      ]);
      expect(await registry.participantOfSerial("A-1")).to.equal(0n);
      expect(await registry.participantOfSerial("B-2")).to.equal(id);
    });

    it("keep a serial through a change of its gateway's key", async () => {
      const { registry } = scene;
      const id = await authorised();
      await bind(id, "A-1");
      await rebind(id, "A-1");
      expect(await registry.participantOfSerial("A-1")).to.equal(id);
    });

    it("bind a serial to one participant", async () => {
      const { registry, bob } = scene;
      const id = await authorised();
      await bind(id, "A-1");
      const other = await join(scene, bob);
      await expect(rebind(BigInt(other.id), "A-1"))
        .to.be.revertedWithCustomError(registry, "SerialBound")
        .withArgs("A-1", id);
      // What was refused has changed nothing.
      expect(await registry.participantOfSerial(`meter-${other.id}`)).to.equal(other.id);
    });

    it("take serials of 1 to 32 bytes", async () => {
      const { registry } = scene;
      const id = await authorised();
      for (const serial of ["", "1".repeat(33)]) {
        await expect(bind(id, serial))
          .to.be.revertedWithCustomError(registry, "SerialInvalid")
          .withArgs(serial);
      }
      await bind(id, "1".repeat(32));
    });

    it("need an account, and a meter before there is another", async () => {
      const { market } = scene;
      await expect(bind(9n, "A-1")).to.be.revertedWithCustomError(market, "UnknownParticipant");
      const id = await authorised();
      await expect(rebind(id, "A-1"))
        .to.be.revertedWithCustomError(market, "NotMetered")
        .withArgs(id);
    });
  });

  describe("setOpeningKey", () => {
    it("publishes a compressed point", async () => {
      const { registry, byOperator } = scene;
      for (const key of [KEY, "0x03" + KEY.slice(4)]) {
        await expect(byOperator.setOpeningKey(key))
          .to.emit(registry, "OpeningKeySet")
          .withArgs(key);
        expect(await registry.openingKey()).to.equal(key);
      }
    });

    it("refuses anything else", async () => {
      const { registry, byOperator } = scene;
      for (const key of ["0x", "0x04" + KEY.slice(4), KEY + "00", KEY.slice(0, -2)]) {
        await expect(byOperator.setOpeningKey(key))
          .to.be.revertedWithCustomError(registry, "OpeningKeyInvalid")
          .withArgs(key);
      }
    });
  });

  describe("setReadingInterval", () => {
    it("tells gateways how often to sample, up to a day", async () => {
      const { registry, byOperator } = scene;
      expect(await registry.readingInterval()).to.equal(0);
      for (const seconds of [1, 86_400, 0]) {
        await expect(byOperator.setReadingInterval(seconds))
          .to.emit(registry, "ReadingIntervalSet")
          .withArgs(seconds);
        expect(await registry.readingInterval()).to.equal(seconds);
      }
    });

    it("refuses more than a day", async () => {
      const { registry, byOperator } = scene;
      await expect(byOperator.setReadingInterval(86_401))
        .to.be.revertedWithCustomError(registry, "ReadingIntervalInvalid")
        .withArgs(86_401, 86_400);
    });
  });

  it("knows its market", async () => {
    expect(await scene.registry.market()).to.equal(scene.marketAddress);
  });
});
