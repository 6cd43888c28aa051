import { expect } from "chai";
import { ClockWatch } from "../../../../oracle/judgement/clockWatch.ts";
import { expectNear } from "../../../helpers/expectNear.ts";

const START_S = 1_790_000_000;
const HOUR_S = 3600;

describe("ClockWatch", function () {
  let trueS: number;
  let wallErrorS: number;
  let sleptS: number;
  let watch: ClockWatch;

  const monotonicS = () => trueS - START_S - sleptS + 5000;

  function startWith(errorS: number) {
    trueS = START_S;
    wallErrorS = errorS;
    sleptS = 0;
    watch = new ClockWatch({
      clocks: {
        wallMs: () => (trueS + wallErrorS) * 1000,
        monotonicMs: () => monotonicS() * 1000,
      },
      toleranceS: 10,
      chainToleranceS: 60,
    });
  }

  /** A block of some age is seen now. */
  const see = (ageS = 2) =>
    watch.observe({ blockTimestampS: Math.floor(trueS - ageS), atMonoMs: monotonicS() * 1000 });

  /** Lets time pass with a block every two seconds. */
  function live(seconds: number) {
    for (let passed = 0; passed < seconds; passed += 2) {
      trueS += 2;
      see();
    }
  }

  beforeEach(() => startWith(0));

  it("tells the wall clock's time while the clocks agree", function () {
    trueS += 1000.5;
    expectNear(watch.nowS(), START_S + 1000.5, 0.001);
    expect(watch).to.include({ trusted: true, reason: undefined, offsetS: undefined });
    live(10);
    expectNear(watch.offsetS, 2, 1.1);
  });

  for (const stepS of [HOUR_S, -HOUR_S]) {
    const way = stepS > 0 ? "forwards" : "backwards";

    it(`goes on by the monotonic clock after a step of an hour ${way}, which the chain belies`, function () {
      live(100);
      wallErrorS = stepS;
      expectNear(watch.nowS(), trueS, 0.001);
      expectNear(watch.stepS, stepS, 0.001);
      expect(watch.trusted).to.equal(true);
      expect(watch.reason).to.equal(
        `The machine's clock was set 3600 s ${stepS > 0 ? "ahead of" : "behind"} the time that had passed; time goes on as before until the chain confirms it.`,
      );
      live(300);
      expectNear(watch.nowS(), trueS, 0.001);
      expect(watch.trusted).to.equal(true);
      wallErrorS = 0;
      expect(watch).to.include({ trusted: true, reason: undefined });
      expectNear(watch.nowS(), trueS, 0.001);
    });

    it(`takes the new time after a step of an hour ${way}, which the chain confirms`, function () {
      startWith(-stepS);
      wallErrorS = 0;
      expectNear(watch.nowS(), trueS - stepS, 0.001);
      see();
      expectNear(watch.nowS(), trueS, 0.001);
      expect(watch).to.include({ trusted: true, reason: undefined });
    });
  }

  it("does not take a block for news that was there before the step", function () {
    see(2);
    trueS += HOUR_S;
    wallErrorS = -HOUR_S;
    watch.observe({ blockTimestampS: START_S - 2, atMonoMs: monotonicS() * 1000 });
    expectNear(watch.nowS(), trueS, 0.001);
    expect(watch.trusted).to.equal(true);
  });

  it("follows a difference within the tolerance, and not one beyond", function () {
    live(100);
    wallErrorS = 10;
    expectNear(watch.nowS(), trueS + 10, 0.001);
    wallErrorS = 10.001;
    expectNear(watch.nowS(), trueS, 0.001);
  });

  it("finds small steps that add up to a large one without the chain", function () {
    for (let step = 1; step <= 20; ++step) {
      trueS += 60;
      wallErrorS = step;
      expectNear(watch.nowS(), step <= 10 ? trueS + step : trueS, 0.001);
    }
  });

  it("takes the wall clock's time after the machine has slept, once the chain confirms it", function () {
    live(100);
    sleptS = HOUR_S;
    trueS += HOUR_S;
    expectNear(watch.nowS(), trueS - HOUR_S, 0.001);
    see();
    expectNear(watch.nowS(), trueS, 0.001);
    expect(watch.trusted).to.equal(true);
  });

  it("does not trust a clock that was behind the chain from the start", function () {
    startWith(-HOUR_S);
    see();
    expect(watch.trusted).to.equal(false);
    expect(watch.reason).to.equal("The machine's clock is 3598 s behind the chain's.");
    expectNear(watch.offsetS, -HOUR_S + 2, 0.001);
  });

  it("does not trust a clock that was ahead from the start once the chain shows to be live", function () {
    startWith(HOUR_S);
    live(60);
    expect(watch.trusted).to.equal(true);
    live(62);
    expect(watch.trusted).to.equal(false);
    expect(watch.reason).to.match(/^The machine's clock is \d+ s ahead of the chain's\.$/);
    wallErrorS = 0;
    live(2);
    expect(watch).to.include({ trusted: true, reason: undefined });
    expectNear(watch.nowS(), trueS, 0.001);
  });

  it("trusts the clock beside a chain that stands still or a node that catches up", function () {
    trueS += HOUR_S;
    watch.observe({ blockTimestampS: START_S - HOUR_S, atMonoMs: monotonicS() * 1000 });
    expect(watch.trusted).to.equal(true);
    for (let minute = 0; minute < 10; ++minute) {
      trueS += 60;
      const blockTimestampS = START_S - HOUR_S + 400 * minute;
      watch.observe({ blockTimestampS, atMonoMs: monotonicS() * 1000 });
      expect(watch.trusted).to.equal(true);
    }
  });

  it("trusts a block at the tolerance, and not one beyond", function () {
    see(-60);
    expect(watch.trusted).to.equal(true);
    see(-61);
    expect(watch.trusted).to.equal(false);
  });
});
