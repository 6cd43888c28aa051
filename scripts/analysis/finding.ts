/** Something that a static analyser thinks should be looked at. */
export interface Finding {
  analyser: "circom" | "circomspect";
  /** The analyser's name for its kind. */
  rule: string;
  /** Where it is, in words that no other line changes. */
  place: string;
  text: string;
}

/** Why findings are none: by analyser, rule and place. */
export type Explanations = Readonly<
  Record<Finding["analyser"], Readonly<Record<string, Readonly<Record<string, string>>>>>
>;

/** Parts findings into those with a reason and those without, and lists reasons that nothing was found for. */
export function explainFindings(
  findings: readonly Finding[],
  explanations: Explanations,
  analysers: readonly Finding["analyser"][],
): { explained: [Finding, string][]; open: Finding[]; idle: string[] } {
  const explained: [Finding, string][] = [];
  const open: Finding[] = [];
  const used = new Set<string>();
  for (const finding of findings) {
    const { analyser, rule, place } = finding;
    const reason = explanations[analyser][rule]?.[place];
    if (reason === undefined) open.push(finding);
    else explained.push([finding, reason]);
    used.add(`${analyser} ${rule} ${place}`);
  }
  const idle = analysers.flatMap((analyser) =>
    Object.entries(explanations[analyser]).flatMap(([rule, places]) =>
      Object.keys(places)
        .map((place) => `${analyser} ${rule} ${place}`)
        .filter((name) => !used.has(name)),
    ),
  );
  return { explained, open, idle };
}
