import { expect } from "chai";
import { FaultSchedule } from "../../../../../oracle/simulator/faults/faultSchedule.ts";
import type { FaultName, PlannedFault } from "../../../../../oracle/simulator/faults/faultKinds.ts";
import { plannedFault } from "../../../../helpers/plannedFault.ts";

const START_S = 1_000;
const READ = { unit: "1", isWrite: false, quantities: ["importEnergyWh"] as const };

/** Which of some requests a fault hits; those come one a second unless their times are given. */
function hits(
  entry: { fault: FaultName } & Record<string, unknown>,
  {
    requests = 6,
    facts = READ,
    seed = 0,
  }: { requests?: number; facts?: object; seed?: number } = {},
): number[] {
  const schedule = new FaultSchedule({ seed, faults: [plannedFault(entry)] }, START_S);
  return Array.from({ length: requests }, (_, index) => index).filter(
    (index) => schedule.take({ ...READ, ...facts }, START_S + index).length > 0,
  );
}

describe("FaultSchedule", () => {
  it("hits every request unless a time is given", () => {
    expect(hits({ fault: "silent" })).to.deep.equal([0, 1, 2, 3, 4, 5]);
  });

  it("lets so many requests go before it, and hits so many", () => {
    expect(hits({ fault: "silent", afterRequests: 2, forRequests: 3 })).to.deep.equal([2, 3, 4]);
  });

  it("begins and ends by the clock", () => {
    expect(hits({ fault: "silent", afterSeconds: 2, forSeconds: 2 })).to.deep.equal([2, 3]);
  });

  it("lasts its seconds from the request with which it began", () => {
    expect(hits({ fault: "silent", afterRequests: 1, forSeconds: 2 })).to.deep.equal([1, 2]);
  });

  it("needs both beginnings where both are given", () => {
    expect(hits({ fault: "silent", afterRequests: 4, afterSeconds: 2 })).to.deep.equal([4, 5]);
    expect(hits({ fault: "silent", afterRequests: 1, afterSeconds: 2 })).to.deep.equal([
      2, 3, 4, 5,
    ]);
  });

  it("counts and hits the requests of its unit alone", () => {
    const schedule = new FaultSchedule(
      { seed: 0, faults: [plannedFault({ fault: "silent", unit: "2", afterRequests: 1 })] },
      START_S,
    );
    const units = ["1", "2", "1", "2", "1"];
    expect(units.map((unit) => schedule.take({ ...READ, unit }, START_S).length)).to.deep.equal([
      0, 0, 0, 1, 0,
    ]);
  });

  it("counts for a value's fault the requests that read the value", () => {
    const facts = { quantities: ["activePowerW"] };
    expect(hits({ fault: "zeroOnce" }, { facts })).to.deep.equal([]);
    expect(hits({ fault: "nan", quantity: "activePowerW" }, { facts })).to.have.length(6);
    expect(hits({ fault: "zeroOnce", quantity: "exportEnergyWh" })).to.deep.equal([]);
    expect(hits({ fault: "zeroOnce" })).to.deep.equal([0]);
    expect(hits({ fault: "replaced" }, { facts: { quantities: ["serialNumber"] } })).to.have.length(
      6,
    );
  });

  it("refuses writes alone", () => {
    expect(hits({ fault: "writeRefused" })).to.deep.equal([]);
    expect(hits({ fault: "writeRefused" }, { facts: { isWrite: true } })).to.have.length(6);
  });

  it("hits by chance, the same requests for the same seed", () => {
    const options = { requests: 1_000, seed: 3 };
    const some = hits({ fault: "silent", chance: 0.2 }, options);
    expect(some.length).to.be.within(150, 250);
    expect(hits({ fault: "silent", chance: 0.2 }, options)).to.deep.equal(some);
    expect(hits({ fault: "silent", chance: 0.2 }, { ...options, seed: 4 })).not.to.deep.equal(some);
    expect(hits({ fault: "silent", chance: 0 }, options)).to.deep.equal([]);
    expect(hits({ fault: "silent", chance: 1 }, options)).to.have.length(1_000);
  });

  it("does not change one fault's chances by another's", () => {
    const [first, second] = [
      plannedFault({ fault: "silent", chance: 0.5 }),
      plannedFault({ fault: "late", chance: 0.5, afterRequests: 10 }),
    ];
    const hitsOf = (faults: PlannedFault[]) => {
      const schedule = new FaultSchedule({ seed: 1, faults }, START_S);
      return Array.from({ length: 50 }, () =>
        schedule.take(READ, START_S).some(({ fault }) => fault === "silent"),
      );
    };
    expect(hitsOf([first, second])).to.deep.equal(hitsOf([first]));
  });

  it("refuses connections in its time, counted from requests too", () => {
    const refuse = plannedFault({ fault: "refuseConnect", afterRequests: 2, forSeconds: 5 });
    const schedule = new FaultSchedule({ seed: 0, faults: [refuse] }, START_S);
    schedule.take(READ, START_S);
    expect(schedule.isRefusing(START_S)).to.equal(false);
    expect(schedule.take(READ, START_S)).to.deep.equal([]);
    expect(schedule.isRefusing(START_S + 10)).to.equal(true);
    expect(schedule.isRefusing(START_S + 14.9)).to.equal(true);
    expect(schedule.isRefusing(START_S + 15)).to.equal(false);
  });
});
