/** A response's bytes. @throws RangeError where there are more, as soon as that is seen */
export async function readAtMost(response: Response, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (response.body === null) return new Uint8Array();
  // Not every browser iterates over a stream.
  const reader = response.body.getReader();
  for (;;) {
    const next = await reader.read();
    if (next.done) break;
    const chunk = next.value as Uint8Array;
    length += chunk.length;
    if (length > most) {
      await reader.cancel();
      throw new RangeError(`more than ${most} bytes came`);
    }
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
