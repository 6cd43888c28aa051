import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import {
  DeliveryJudging,
  type DeliveryJudgingOptions,
} from "../../../../../oracle/matcher/deliveries/deliveryJudging.ts";
import { DeliveryBook } from "../../../../../oracle/matcher/store/deliveryBook.ts";
import { MATCHER_TABLES } from "../../../../../oracle/matcher/store/matcherTables.ts";
import { FormCheck } from "../../../../../oracle/matcher/uploads/formCheck.ts";
import { Log } from "../../../../../oracle/operations/log.ts";
import { ServiceStore } from "../../../../../oracle/store/serviceStore.ts";
import { EnergyCipher } from "../../../../../sdk/private/matching/energyCipher.ts";
import { createHeKeys } from "../../../../../sdk/private/matching/heKeys.ts";
import { DELIVERY_PARAMETERS } from "../../../../../sdk/private/matching/parameters.ts";
import type { ServiceAnswer } from "../../../../../sdk/private/wire/serviceClient.ts";
import { ServiceRefusedError } from "../../../../../sdk/private/wire/serviceError.ts";

const PERIOD = 7n;
const PERIOD_LENGTH = 900;
const REPORTING_S = 3_600;
/** How long one that waits is left alone. */
const RETRY_MS = 2_000;
const hashOf = (record: bigint) => `0x${record.toString(16).padStart(64, "0")}`;

function refusal(status: number): ServiceRefusedError {
  const answer = { status } as ServiceAnswer;
  return new ServiceRefusedError("GET energy", answer, { reason: "", message: "", remedies: [] });
}

describe("DeliveryJudging", function () {
  this.timeout(20_000);
  let form: FormCheck;
  let deliveryKey: Uint8Array;
  let energy: Uint8Array;
  let folder = "";
  let store: ServiceStore;
  let deliveries: DeliveryBook;
  /** Matches whose energy the key holder was asked for, and those that it was asked for verdicts on. */
  let asked: { energies: string[]; verdicts: bigint[] };
  /** What the key holder refuses to give a match's energy with. */
  let refused: Map<bigint, ServiceRefusedError>;
  let nowMs: number;
  let judging: DeliveryJudging;

  before(async () => {
    form = await FormCheck.create(DELIVERY_PARAMETERS, "energy's ciphertext");
    deliveryKey = createHeKeys(form.scheme).publicKey;
    energy = new EnergyCipher(form.scheme, deliveryKey).encrypt(1_000n);
  });

  after(() => form.close());

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-deliveries-"));
    const owner = { service: "matcher", chainId: 31_337n, pool: `0x${"ab".repeat(20)}` };
    store = ServiceStore.open(path.join(folder, "m.sqlite"), { owner, tables: MATCHER_TABLES });
    deliveries = new DeliveryBook(store);
    asked = { energies: [], verdicts: [] };
    refused = new Map();
    nowMs = 5_000;
    const keyHolder = {
      get: async (energyPath: string) => {
        asked.energies.push(energyPath);
        const reason = refused.get(BigInt(energyPath.split("/")[2]!));
        if (reason !== undefined) throw reason;
        return { bytes: energy };
      },
      askWithoutKeeping: async ({ name }: { name: string }) => {
        const records = name.split(" ").slice(1).map(BigInt);
        asked.verdicts.push(...records);
        return { value: { verdicts: records.map((record) => ({ record, verdict: "within" })) } };
      },
    };
    judging = new DeliveryJudging({
      chain: {
        nowS: (Number(PERIOD) + 1) * PERIOD_LENGTH,
        terms: {
          genesis: 0,
          periodLength: PERIOD_LENGTH,
          reportingTime: REPORTING_S,
          toleranceBps: 500n,
        },
      },
      epochs: { epoch: async () => ({ deliveryKey, manifest: { epoch: 1 } }) },
      seeds: { seedFor: () => new Uint8Array(32).fill(5) },
      deliveries,
      blobs: { read: async () => energy },
      form,
      keyHolder,
      log: new Log({ write: () => {} }),
      nowMs: () => nowMs,
    } as unknown as DeliveryJudgingOptions);
    for (const record of [1n, 2n]) {
      const contentHash = hashOf(record);
      deliveries.put(
        { record, period: PERIOD, epoch: 1, contentHash, envelopeHash: contentHash },
        9,
      );
    }
  });

  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const stateOf = (record: bigint) => deliveries.ofRecord(record).map(({ state }) => state);

  it("asks for a match that the key holder has not only now and then, and judges the others", async () => {
    refused.set(1n, refusal(404));
    await judging.run();
    expect(stateOf(2n)).to.deep.equal(["within"]);
    for (const part of [0, 1, RETRY_MS - 2]) {
      nowMs += part;
      await judging.run();
    }
    expect(asked.energies).to.deep.equal(["/matches/1/energy", "/matches/2/energy"]);
    nowMs++;
    await judging.run();
    expect(asked.energies.slice(2)).to.deep.equal(["/matches/1/energy"]);
    expect(stateOf(1n)).to.deep.equal(["taken"]);
    expect(asked.verdicts).to.deep.equal([2n]);
  });

  it("judges one as soon as it asks again where its match has come", async () => {
    refused.set(1n, refusal(404));
    await judging.run();
    refused.clear();
    nowMs += RETRY_MS;
    await judging.run();
    expect(stateOf(1n)).to.deep.equal(["within"]);
    expect(asked.verdicts).to.deep.equal([2n, 1n]);
  });

  it("leaves all of a request alone for a while that the key holder refuses for now", async () => {
    refused.set(1n, refusal(503));
    await judging.run();
    await judging.run();
    expect(asked.energies).to.have.length(1);
    refused.clear();
    nowMs += RETRY_MS;
    await judging.run();
    expect([...stateOf(1n), ...stateOf(2n)]).to.deep.equal(["within", "within"]);
  });
});
