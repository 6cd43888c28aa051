import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { BaseError } from "../../sdk/errors.ts";
import { libraryFolders } from "../keys/compileCircuit.ts";
import type { Finding } from "./finding.ts";

/** circomspect does not do what it is asked for. */
export class CircomspectError extends BaseError {
  override name = "CircomspectError";
}

interface SarifResult {
  ruleId: string;
  message: { text: string };
  locations: {
    physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } };
  }[];
}

/** It reads the language up to here; nothing of a later one is used. */
const PRAGMA = "pragma circom 2.1.4;";

/**
 * What circomspect says of all files of a folder.
 * @returns undefined where there is no circomspect on the PATH
 */
export function runCircomspect(circuits: string): Finding[] | undefined {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "sealwatt-circomspect-"));
  try {
    const copy = path.join(work, "circuits");
    fs.cpSync(circuits, copy, { recursive: true });
    const files = fs
      .readdirSync(copy, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".circom"))
      .map((file) => path.join(copy, file));
    const templates: string[] = [];
    for (const file of files) {
      const source = fs.readFileSync(file, "utf8");
      fs.writeFileSync(file, source.replace(/^pragma circom .*;/m, PRAGMA));
      templates.push(...[...source.matchAll(/^template (\w+)/gm)].map(([, name]) => name!));
    }
    const libraries = libraryFolders(copy).flatMap((folder) => ["--library", folder]);
    const report = path.join(work, "report.sarif");
    const options = [...libraries, "--level", "INFO", "--sarif-file", report, ...files];
    const { error, stdout, stderr } = spawnSync("circomspect", options, { encoding: "utf8" });
    if (error !== undefined) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    // It says nothing of a file that it cannot read.
    const missing = templates.filter((name) => !stdout.includes(`analyzing template '${name}'`));
    if (missing.length > 0) {
      throw new CircomspectError(`circomspect has not looked at ${missing.join(", ")}.`, {
        metaMessages: ["It reads circom up to version 2.1.4: write them without what is newer."],
        details: `${stdout}${stderr}`.trim(),
      });
    }
    // Nor does it write a report of nothing.
    return fs.existsSync(report) ? readSarif(fs.readFileSync(report, "utf8"), copy) : [];
  } finally {
    fs.rmSync(work, { recursive: true });
  }
}

/** @param folder that places are told from */
export function readSarif(text: string, folder: string): Finding[] {
  const { runs } = JSON.parse(text) as { runs: { results: SarifResult[] }[] };
  return runs.flatMap(({ results }) =>
    results.map(({ ruleId, message, locations }) => {
      const { artifactLocation, region } = locations[0]!.physicalLocation;
      const file = fileURLToPath(artifactLocation.uri);
      const line = fs.readFileSync(file, "utf8").split("\n")[region.startLine - 1]!.trim();
      return {
        analyser: "circomspect",
        rule: ruleId,
        place: `${path.relative(folder, file)} ${line}`,
        text: message.text,
      };
    }),
  );
}
