import { expect } from "chai";
import { defaultParameters } from "../../../sdk/market/parameters.ts";
import {
  BUYER,
  GATEWAY,
  GRID,
  OPERATOR,
  PERIOD_LENGTH,
  SELLER,
  TaskMarket,
  TREASURER,
} from "../../helpers/taskMarket.ts";

describe("tasks of a member", function () {
  this.timeout(60_000);
  const STRANGER = "10";
  let stage: TaskMarket;
  let seller: string;
  const done: TaskMarket["done"] = (...given) => stage.done(...given);
  const refused: TaskMarket["refused"] = (...given) => stage.refused(...given);

  before(async () => {
    stage = await TaskMarket.prepare();
    await stage.deploy();
    seller = await stage.admit(SELLER, "solar", "60");
    await stage.admit(BUYER, "none", "60");
  });
  after(() => stage.remove());

  describe("market:change-profile", () => {
    it("changes what is given and no more", async () => {
      const changes = { from: SELLER, displayName: "Sunny side", greenPreference: "no" };
      expect(await done("market:change-profile", changes)).to.deep.equal({
        owner: stage.account(SELLER),
        changed: ["displayName", "greenPreference"],
        authorised: true,
      });
    });

    it("says that generation of another type must be authorised again", async () => {
      const change = { from: SELLER, energyType: "wind" };
      expect(await done("market:change-profile", change)).to.include({ authorised: false });
      await done("market:authorise", { from: OPERATOR, owner: stage.account(SELLER) });
      // As it is already.
      expect(await done("market:change-profile", change)).to.include({ authorised: true });
    });

    it("is refused to who has not registered, with nothing or nonsense to change", async () => {
      await refused(
        "market:change-profile",
        { from: STRANGER, displayName: "Nobody" },
        /NotRegistered\(.*Register first\./,
      );
      await refused("market:change-profile", { from: SELLER }, /^Nothing is to be changed\. Give/);
      await refused(
        "market:change-profile",
        { from: SELLER, greenPreference: "true" },
        '--green-preference is "true". Give one of yes, no.',
      );
      await refused(
        "market:change-profile",
        { from: SELLER, displayName: "x".repeat(65) },
        /DisplayNameInvalid\(.*Give a name of 1 to 64 bytes\./,
      );
    });
  });

  describe("market:pay-dues", () => {
    before(async () => {
      await stage.goTo(2, 1);
      await done("market:report", {
        from: GATEWAY,
        participant: seller,
        period: "1",
        importWh: "0",
        exportWh: "5000",
      });
      // The grid has nothing to pay the surplus with.
      await done("market:settle", { period: "1" });
    });

    it("pays what there is", async () => {
      expect(await done("market:pay-dues", { from: SELLER })).to.deep.equal({
        participant: Number(seller),
        balanceNano: "60000000000",
        owesNano: "0",
        isOwedNano: "900000000",
      });
      await done("market:mint", { from: TREASURER, to: stage.account(GRID), amount: "10" });
      await done("market:deposit", { from: GRID, amount: "10" });
      // Anybody may, for anybody.
      expect(await done("market:pay-dues", { from: STRANGER, participant: seller })).to.include({
        balanceNano: "60900000000",
        isOwedNano: "0",
      });
    });

    it("wants a participant", async () => {
      await refused("market:pay-dues", { from: STRANGER }, /has no account in the market/);
      await refused(
        "market:pay-dues",
        { from: STRANGER, participant: "99" },
        /UnknownParticipant\(participant 99\)/,
      );
    });
  });

  describe("market:leave", () => {
    it("is refused to strangers, and while an order is sealed for a period to come", async () => {
      await refused("market:leave", { from: STRANGER }, /has no account in the market/);
      const openings = stage.file("openings.jsonl");
      await stage.goTo(3, 1);
      await done("market:submit", {
        from: BUYER,
        period: "4",
        side: "buy",
        energyWh: "1000",
        priceMicroPerKwh: "150000",
        openings,
      });
      await refused("market:leave", { from: BUYER }, /StillActive\(.*untilPeriod 4\)\. Wait until/);
    });

    it("frees the margin once the last period is settled for sure", async () => {
      await stage.goTo(4, 1);
      const { marginNano } = defaultParameters(PERIOD_LENGTH);
      expect(await done("market:leave", { from: SELLER })).to.deep.equal({
        participant: Number(seller),
        lastPeriod: 4,
        freeNano: String(60_900_000_000n - marginNano),
      });
      await refused("market:withdraw", { from: SELLER, amount: "60.9" }, /InsufficientFree/);
      await stage.goTo(13, 1);
      const { freeNano } = await done("market:withdraw", { from: SELLER, amount: "60.9" });
      expect(freeNano).to.equal("0");
    });
  });
});
