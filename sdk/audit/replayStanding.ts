import { ZeroAddress } from "ethers";
import type { MarketEvent } from "../events/marketEvent.ts";
import { SCHEDULE_PERIODS } from "../orders/schedule.ts";
import type { MarketCalls } from "./marketCalls.ts";
import type { MarketModel } from "./marketModel.ts";

type StandingEvent = Extract<
  MarketEvent,
  {
    name:
      | "AccountOpened"
      | "AccountAuthorised"
      | "AccountFrozen"
      | "EnergyTypeSet"
      | "MeterBound"
      | "ParametersScheduled"
      | "OrderSealed"
      | "ScheduleSealed"
      | "MandateGranted"
      | "MandateRevoked";
  }
>;

/** Replays who may do what, and what was sealed. */
export function replayStanding(
  model: MarketModel,
  event: StandingEvent,
  timestamp: number,
  calls: MarketCalls | undefined,
): void {
  const { differences } = model;
  switch (event.name) {
    case "AccountOpened":
      differences.compare("account.number", model.accounts.size + 1, event.participant, { event });
      model.openAccount(event.participant, event.owner);
      break;
    case "AccountAuthorised": {
      const account = model.account(event.participant);
      // An account that is let go takes part until all of its sealed orders are past.
      if (account.authorised && !event.authorised) {
        const last = model.lastSealed(event.participant, timestamp);
        account.activeUntil = last === 0 ? model.periodAt(timestamp) : last;
      }
      account.authorised = event.authorised;
      break;
    }
    case "AccountFrozen":
      model.account(event.participant).frozen = event.frozen;
      break;
    case "EnergyTypeSet": {
      const { greenSupply, greenPreference } = event;
      Object.assign(model.account(event.participant), { greenSupply, greenPreference });
      break;
    }
    case "MeterBound":
      bindMeter(model, event, timestamp);
      break;
    case "ParametersScheduled":
      model.scheduleParameters(event.fromPeriod, event.parameters);
      break;
    case "OrderSealed": {
      const { participant, period, commitment } = event;
      checkGate(model, event, period, timestamp, model.startOf(period - 1));
      model.period(period).seals.set(participant, commitment);
      noteSeal(model, participant, [period], calls);
      break;
    }
    case "ScheduleSealed": {
      const { participant, day, root, periods } = event;
      const covered = Array.from({ length: SCHEDULE_PERIODS }, (_, index) => index)
        .filter((index) => ((periods >> BigInt(index)) & 1n) === 1n)
        .map((index) => day * SCHEDULE_PERIODS + index);
      if (covered[0] !== undefined) checkGate(model, event, covered[0], timestamp, 0);
      model.sealSchedule(participant, day, root, periods);
      noteSeal(model, participant, covered, calls);
      break;
    }
    case "MandateGranted": {
      const account = model.account(event.participant);
      account.mandate = event.mandate;
      account.mandateSpentNano = 0n;
      break;
    }
    case "MandateRevoked": {
      const { participant } = event;
      const account = model.account(participant);
      const { mandate } = account;
      const context = { participant, event };
      differences.compare("mandate.agent", mandate?.agent ?? "none", event.agent, context);
      // The limits stay, for what the agent has sealed already.
      if (mandate !== undefined) account.mandate = { ...mandate, agent: ZeroAddress };
      break;
    }
  }
}

function bindMeter(
  model: MarketModel,
  event: Extract<MarketEvent, { name: "MeterBound" }>,
  timestamp: number,
): void {
  const { participant, meterId, gateway, ratedPowerW, importWh, exportWh } = event;
  const { carriedImportWh, carriedExportWh } = event;
  const account = model.account(participant);
  const current = model.periodAt(timestamp);
  model.differences.compare("meter.meterId", ++model.meterCount, meterId, { participant, event });
  account.meter = {
    meterId,
    gateway,
    ratedPowerW,
    // Readings of the periods since the first binding are still expected.
    boundIn: account.meter?.boundIn ?? current,
    importWh,
    exportWh,
    carriedImportWh,
    carriedExportWh,
    // A meter that replaces another goes on from the other's latest reading.
    period: account.meter?.period ?? current,
    hasReading: false,
  };
}

function checkGate(
  model: MarketModel,
  event: Extract<MarketEvent, { name: "OrderSealed" | "ScheduleSealed" }>,
  period: number,
  timestamp: number,
  opensAt: number,
): void {
  const closedAt = model.startOf(period - 1) + model.parametersOf(period).gateClosure;
  const isOpen = timestamp >= opensAt && timestamp < closedAt;
  const { participant } = event;
  const expected = isOpen ? timestamp : `${opensAt} to ${closedAt}`;
  model.differences.compare("seal.time", expected, timestamp, { period, participant, event });
}

function noteSeal(
  model: MarketModel,
  participant: number,
  periods: readonly number[],
  calls: MarketCalls | undefined,
): void {
  const account = model.account(participant);
  const isAgents = calls?.sealedFor.includes(participant) === true;
  for (const period of periods) {
    if (isAgents) account.sealedByAgent.add(period);
    else account.sealedByAgent.delete(period);
  }
}
