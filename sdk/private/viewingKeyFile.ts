import { readSecretText } from "../keystore/hexKeyFile.ts";
import { parseViewingKey, type ViewingKey } from "./viewingKey.ts";

/**
 * Reads a participant's viewing key from a file: its text, which begins with swv1, and nothing else.
 * @param option what named the file, for messages
 * @throws KeystoreError also where others than its owner may read the file; CheckedTextError, OutOfRangeError
 */
export async function readViewingKeyFile(option: string, path: string): Promise<ViewingKey> {
  return parseViewingKey(
    await readSecretText({ path, option }, "ask the participant for the key again"),
  );
}
