import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { runSealwatt } from "../../../helpers/runSealwatt.ts";

describe("the line that tells of an error", function () {
  this.timeout(20_000);
  let server: Server;

  before(async () => {
    server = createServer((_request, response) => response.end("\u009b31m \u202e no daemon"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  it("holds nothing that steers the terminal, whatever a service answers", async () => {
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const { code, stderr } = await runSealwatt(["oracle", "status", "--url", url]);
    expect(code).to.equal(2);
    expect(stderr).to.match(/^sealwatt oracle status: What answers at .* is no daemon .*\n$/);
    expect(stderr).to.include(String.raw`\u{9b}31m \u{202e} no daemon`);
  });
});
