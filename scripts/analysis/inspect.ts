import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { mainComponent, readCircuitManifest } from "../keys/circuitManifest.ts";
import { CircuitError, libraryFolders, runCircom } from "../keys/compileCircuit.ts";
import type { Finding } from "./finding.ts";

const WARNING = /^warning\[(?<rule>\w+)\]: (?<text>.*)$/;
const TEMPLATE = /^In template "(?<template>\w+)\(.*?\)": .*?signals? (?<signal>[\w.[\]]+)/i;
/** The line that a warning is of, as the compiler shows it. */
const SHOWN = /┌─ "(?<file>[^"]+)":\d+:\d+\n.*\n *\d+ │ +(?<line>.*)/;

/**
 * What the compiler's own analysis says of all circuits: signals that no constraint holds.
 * @param manifest the file that lists them
 */
export async function inspectCircuits(manifest?: string): Promise<Finding[]> {
  const { circuits, folder } = await readCircuitManifest(manifest);
  const work = await mkdtemp(path.join(os.tmpdir(), "sealwatt-inspect-"));
  try {
    const findings = new Map<string, Finding>();
    for (const circuit of circuits) {
      const source = path.join(work, `${circuit.name}.circom`);
      await writeFile(source, mainComponent(circuit));
      for (const finding of await inspect(circuit.name, source, folder)) {
        findings.set(`${finding.rule} ${finding.place}`, finding);
      }
    }
    return [...findings.values()];
  } finally {
    await rm(work, { recursive: true });
  }
}

async function inspect(name: string, source: string, folder: string): Promise<Finding[]> {
  const libraries = libraryFolders(folder).flatMap((library) => ["-l", library]);
  const { code, output } = await runCircom([source, "--inspect", ...libraries]);
  if (code !== 0) {
    throw new CircuitError(`The circuit ${name} does not compile.`, { details: output.trim() });
  }
  return output
    .split(/^(?=warning\[)/m)
    .slice(1)
    .map(readWarning);
}

function readWarning(warning: string): Finding {
  const { rule, text } = WARNING.exec(warning.split("\n")[0]!)!.groups!;
  const inTemplate = TEMPLATE.exec(text!)?.groups;
  const shown = SHOWN.exec(warning)?.groups;
  const place =
    inTemplate !== undefined
      ? `${inTemplate.template} ${inTemplate.signal}`
      : shown !== undefined
        ? `${path.basename(shown.file!)} ${shown.line}`
        : // Explained by its own words, or not at all.
          text!;
  return { analyser: "circom", rule: rule!, place, text: text! };
}
