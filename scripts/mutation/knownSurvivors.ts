/** Why a mutant that no test can kill is no gap: by file, and by the line as mutated, trimmed. */
export const KNOWN_SURVIVORS: Record<string, Record<string, string>> = {};
