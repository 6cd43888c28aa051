import type { Command } from "commander";
import { formatTable } from "../../../../sdk/formatTable.ts";
import type { KeptEvidence } from "../../../../oracle/keyholder/store/evidenceRows.ts";
import { wholeNumber } from "../../neighbourhoodOptions.ts";
import { DEFAULT_URL, keyHolderClient } from "./askKeyHolder.ts";

interface EvidenceOptions {
  url: string;
  request?: number;
  json?: true;
}

const HEADER = ["id", "when", "who", "what", "times", "fact"];

async function evidence({ url, request, json }: EvidenceOptions): Promise<void> {
  const client = await keyHolderClient(url);
  if (request !== undefined) {
    process.stdout.write((await client.get(`/evidence/${request}/request`)).bytes);
    return;
  }
  const answer = (await client.get("/evidence")).json() as { evidence: KeptEvidence[] };
  if (json) {
    process.stdout.write(`${JSON.stringify(answer.evidence, null, 2)}\n`);
    return;
  }
  const rows = answer.evidence.map(({ id, lastAtS, culprit, kind, times, fact }) => [
    String(id),
    new Date(lastAtS * 1000).toISOString(),
    culprit,
    kind,
    String(times),
    fact,
  ]);
  process.stdout.write(
    rows.length === 0
      ? "Nobody was found lying.\n"
      : `${formatTable([HEADER, ...rows], HEADER.length)}\n`,
  );
}

/** `sealwatt keyholder evidence [--url URL] [--request ID] [--json]` */
export function configure(command: Command): void {
  command
    .option("--url <url>", "where the key holder serves on this machine", DEFAULT_URL)
    .option(
      "--request <id>",
      "write the body of the signed request that shows it",
      wholeNumber(1, 2 ** 32),
    )
    .option("--json", "write a JSON list with all details")
    .action(evidence);
}
