// A service that serves on a port, and fails where its command line says so.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

function serve([port, mode]: readonly string[]): void {
  if (mode === "fails") {
    process.stderr.write("there is no disk\n");
    process.exit(2);
  }
  const server = createServer((_request, response) => {
    const { pid, env } = process;
    response.end(JSON.stringify({ pid, password: env.SEALWATT_KEYSTORE_PASSWORD }));
  });
  server.listen(Number(port), "127.0.0.1", () => {
    process.stdout.write("a line that is no JSON\n");
    const { port: taken } = server.address() as AddressInfo;
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${taken}` })}\n`);
    if (mode === "shortLived") setTimeout(() => process.exit(3), 50);
  });
}

// Test runners load every file of this folder.
if (process.argv[1] === import.meta.filename) serve(process.argv.slice(2));
