/** The same bytes as a plain array: SEAL's binding does not take a Buffer, which is what Node's files and streams give. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
