import type { Quantity } from "../../profiles/deviceProfile.ts";
import { seededRandom, type RandomSource } from "../../../sdk/seededRandom.ts";
import type { FaultPlan } from "./faultFile.ts";
import type { FaultName, PlannedFault } from "./faultKinds.ts";

/** What faults are chosen by. */
export interface RequestFacts {
  unit: string;
  isWrite: boolean;
  /** What the request reads. */
  quantities: readonly Quantity[];
}

/** A fault that hits the present request. */
export type ActiveFault<Name extends FaultName = FaultName> = PlannedFault<Name> & {
  /** When it began, in unix seconds. */
  sinceS: number;
  random: RandomSource;
};

/** The first of the faults that has a name. */
export function activeFault<Name extends FaultName>(
  faults: readonly ActiveFault[],
  name: Name,
): ActiveFault<Name> | undefined {
  return faults.find(({ fault }) => fault === name) as ActiveFault<Name> | undefined;
}

interface Entry {
  fault: PlannedFault;
  random: RandomSource;
  /** Requests that it may have hit. */
  seen: number;
  hits: number;
  sinceS: number | undefined;
}

const ENERGY_FAULTS: ReadonlySet<FaultName> = new Set([
  "zeroOnce",
  "rollback",
  "replaced",
  "wrap",
  "stuck",
]);
const MARKER_FAULTS: ReadonlySet<FaultName> = new Set(["nan", "ffff", "absent", "nonBcd"]);

/** The quantities whose reading a fault changes; undefined for one that does not look at them. */
export function quantitiesHit(fault: PlannedFault): readonly Quantity[] | undefined {
  if (!ENERGY_FAULTS.has(fault.fault) && !MARKER_FAULTS.has(fault.fault)) return undefined;
  if ("quantity" in fault && fault.quantity !== undefined) return [fault.quantity];
  const energies = ["importEnergyWh", "exportEnergyWh"] as const;
  return fault.fault === "replaced" ? [...energies, "serialNumber"] : energies;
}

/** Says which faults are due. Each has random numbers of its own, so that one does not depend on the others. */
export class FaultSchedule {
  readonly #entries: Entry[];
  readonly #startS: number;
  #requests = 0;

  constructor({ faults, seed }: FaultPlan, startS: number) {
    this.#startS = startS;
    this.#entries = faults.map((fault, index) => ({
      fault,
      random: seededRandom(seed, `fault ${index}`),
      seen: 0,
      hits: 0,
      sinceS: undefined,
    }));
  }

  /** The faults that hit a request, which is counted by this. */
  take(request: RequestFacts, nowS: number): ActiveFault[] {
    this.#requests += 1;
    return this.#entries.flatMap((entry) => {
      const { fault, random } = entry;
      if (!concerns(fault, request)) return [];
      entry.seen += 1;
      if (!this.#isDue(entry, entry.seen - 1, nowS)) return [];
      if (fault.forRequests !== undefined && entry.hits >= fault.forRequests) return [];
      if (fault.chance !== undefined && random.uniform() >= fault.chance) return [];
      entry.hits += 1;
      return [{ ...fault, sinceS: entry.sinceS!, random }];
    });
  }

  /** Whether connections are refused now. */
  isRefusing(nowS: number): boolean {
    return this.#entries.some(
      (entry) => entry.fault.fault === "refuseConnect" && this.#isDue(entry, this.#requests, nowS),
    );
  }

  #isDue(entry: Entry, requestsBefore: number, nowS: number): boolean {
    const { afterRequests = 0, afterSeconds = 0, forSeconds = Infinity } = entry.fault;
    if (entry.sinceS === undefined) {
      const firstS = this.#startS + afterSeconds;
      if (requestsBefore < afterRequests || nowS < firstS) return false;
      entry.sinceS = afterRequests > 0 ? nowS : firstS;
    }
    return nowS < entry.sinceS + forSeconds;
  }
}

function concerns(fault: PlannedFault, { unit, isWrite, quantities }: RequestFacts): boolean {
  if (fault.fault === "refuseConnect") return false;
  if (fault.unit !== undefined && fault.unit !== unit) return false;
  if (fault.fault === "writeRefused") return isWrite;
  return quantitiesHit(fault)?.some((quantity) => quantities.includes(quantity)) ?? true;
}
