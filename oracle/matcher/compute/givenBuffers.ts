/**
 * The memory of all bytes in a message, which goes to the other thread with it: copying would take as long as reading
 * the bytes did. Who posts it must not need them any more.
 */
export function givenBuffers(message: unknown): ArrayBuffer[] {
  return [...new Set(bytesIn(message).map(({ buffer }) => buffer as ArrayBuffer))];
}

function bytesIn(value: unknown): Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(bytesIn) : [];
}
