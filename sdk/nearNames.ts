/** The number of single-character insertions, deletions and substitutions between two strings. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}

/**
 * The known names that a mistyped or shortened name may have meant, nearest first.
 * @param name what was given; compared without regard to case
 * @param known the names that exist
 */
export function nearNames(name: string, known: readonly string[]): string[] {
  const given = name.toLowerCase();
  const tolerance = Math.max(2, Math.floor(given.length / 3));
  // Only names of similar length can be near: a huge input costs nothing.
  const candidates = known.flatMap((candidate) => {
    const lower = candidate.toLowerCase();
    if (given !== "" && lower.includes(given)) return [{ candidate, distance: 0 }];
    if (Math.abs(lower.length - given.length) > tolerance) return [];
    return [{ candidate, distance: editDistance(given, lower) }];
  });
  return candidates
    .filter(({ distance }) => distance <= tolerance)
    .sort((a, b) => a.distance - b.distance)
    .map(({ candidate }) => candidate);
}

/**
 * The sentence that answers an unknown name: the near names where there are any, then all of them.
 * @param kind what the names name, in the plural: `mechanisms`
 */
export function suggestNames(name: string, known: readonly string[], kind: string): string {
  const near = nearNames(name, known);
  const suggestion = near.length === 0 ? "" : `Did you mean ${near.join(" or ")}? `;
  return `${suggestion}Known ${kind}: ${known.join(", ")}.`;
}
