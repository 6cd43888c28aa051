import { availableParallelism } from "node:os";
import { inLanes } from "../oracle/inLanes.ts";
import { ThreadEngine } from "../oracle/matcher/compute/threadEngine.ts";
import type { RoundStatus } from "../oracle/matcher/operations/matcherStatus.ts";
import {
  eventually,
  MatchingScene,
  timesOf,
  type SceneOrder,
  type ScenePlan,
} from "../test/helpers/matchingScene.ts";
import { POOL_TERMS } from "../test/helpers/privateMarket.ts";
import { RandomSource } from "../test/helpers/randomSource.ts";
import { residentMb } from "./oracle/memory.ts";
import type { Bench, BenchTable } from "./types.ts";

const SIZES = [100, 1_000];
/** Sellers and buyers; each has many plans, since to the services a plan is a plan. */
const TRADERS = 4;
const PERIOD = 60n;
const UPLOADS_AT_ONCE = 6;
const MOST_MS = 1_200_000;
/** Seldom: a look at the matcher's status takes its time. */
const LOOK_MS = 100;
/** From the end of plans to the end of proposals. */
const WINDOW_S = POOL_TERMS.plansLead - POOL_TERMS.proposalsLead;

interface Duration {
  uploadS: number;
  judgedS: number;
  rankedS: number;
  openedS: number;
  proposedS: number;
  formed: number;
  peakMb: number;
}

/** A period's plans through the services over HTTP: uploads, ranks, pairs, proposals on the chain. */
export const run: Bench = async (progress) => {
  const rows: BenchTable["rows"] = [];
  for (const plans of SIZES) {
    const measured = await measure(plans, progress);
    const { uploadS, judgedS, rankedS, openedS, proposedS, formed, peakMb } = measured;
    rows.push({
      bids: plans,
      offers: plans,
      uploadMs: rounded((1_000 * uploadS) / (2 * plans)),
      judgedS: rounded(judgedS),
      ranksS: rounded(rankedS),
      pairsS: rounded(openedS - rankedS),
      proposalsS: rounded(proposedS - openedS),
      matches: formed,
      totalS: rounded(proposedS),
      targetS: WINDOW_S,
      met: proposedS <= WINDOW_S ? "yes" : "NO",
      peakMb: Math.round(peakMb),
    });
  }
  return [
    {
      title: "A period through matcher and key holder",
      rows,
      notes: [
        `uploadMs: of one plan, ${UPLOADS_AT_ONCE} at a time; judgedS: until the key holder has judged the last, from the first upload on. Then plans close, and the first round is ranked, its pairs are opened and its matches are on the chain; totalS is all three, and has to fit between the end of plans and the end of proposals (targetS here; 300 s by a market's default terms).`,
        `Both services and all traders are in one process with ${availableParallelism()} threads of the matcher's, the chain is in another one, and all share the cores; its verifiers stand in for real ones, so that plans are cheap.`,
      ],
    },
  ];
};

async function measure(plans: number, progress: (line: string) => void): Promise<Duration> {
  const scene = await MatchingScene.start({ traders: TRADERS, keepsCiphers: true });
  try {
    await scene.chain.goTo(timesOf(2n).startS);
    await scene.startKeyHolder();
    const engine = new ThreadEngine({ threads: availableParallelism() });
    await scene.startMatcher({ engine, rate: { perMinute: 1e6, burst: 1e6 } });
    await scene.epochsMirrored();
    progress(`submitting ${plans} bids and ${plans} offers`);
    const submitted = await submitAll(scene, plans);
    progress("uploading them");
    const uploading = stopwatch();
    await inLanes(UPLOADS_AT_ONCE, submitted, async (plan) => {
      await scene.upload(plan);
    });
    const uploadS = uploading();
    const areSound = () => statusOf(scene).uploads.sound === submitted.length;
    await eventually("uploads are judged", areSound, MOST_MS, LOOK_MS);
    const judgedS = uploading();
    progress("matching them");
    const matching = stopwatch();
    await scene.chain.goTo(timesOf(PERIOD).plansCloseS);
    const round = () => statusOf(scene).rounds[0];
    const reached = async (what: string, isReached: (round: RoundStatus) => boolean) => {
      const isSo = () => round() !== undefined && isReached(round()!);
      await eventually(what, isSo, MOST_MS, LOOK_MS);
      return matching();
    };
    const rankedS = await reached("ranks are told", ({ ranksTold }) => ranksTold === plans);
    const areOpened = ({ pairs, ranksTold }: RoundStatus) => pairs > 0 && pairs >= ranksTold;
    const openedS = await reached("pairs are opened", areOpened);
    const proposedS = await reached("the round is finished", ({ state }) => state === "finished");
    const { formed, proposed } = round()!;
    if (proposed !== formed) throw new Error(`Of ${formed} matches ${proposed} are on the chain.`);
    const peakMb = residentMb(process.pid, "peak");
    return { uploadS, judgedS, rankedS, openedS, proposedS, formed, peakMb };
  } finally {
    await scene.stop();
  }
}

async function submitAll(scene: MatchingScene, plans: number): Promise<ScenePlan[]> {
  const random = new RandomSource(1);
  const half = TRADERS / 2;
  const submitted: ScenePlan[] = [];
  for (let i = 0; i < plans; ++i) {
    for (const side of ["sell", "buy"] as const) {
      const trader = scene.traders[(i % half) + (side === "buy" ? half : 0)]!;
      submitted.push(await scene.submit(trader, PERIOD, orderOf(random, side)));
    }
  }
  return submitted;
}

function orderOf(random: RandomSource, side: SceneOrder["side"]): SceneOrder {
  const [least, most] = side === "sell" ? [80_000, 140_000] : [120_000, 220_000];
  return {
    side,
    energyWh: BigInt(random.integer(500, 2_000)),
    priceMicroPerKwh: BigInt(random.integer(least, most)),
    features: {
      environmentalIndex: random.integer(0, 100),
      reputation: 50,
      eastM: random.integer(0, 2_000),
      northM: random.integer(0, 2_000),
      energyType: "solar",
    },
  };
}

const statusOf = (scene: MatchingScene) =>
  scene.matcher.status.periods.find(({ period }) => period === PERIOD)!;

const rounded = (figure: number) => Number(figure.toPrecision(3));

function stopwatch(): () => number {
  const startedMs = performance.now();
  return () => (performance.now() - startedMs) / 1000;
}
