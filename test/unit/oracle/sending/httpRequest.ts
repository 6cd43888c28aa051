import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline, Readable } from "node:stream";
import { inspect } from "node:util";
import { expect } from "chai";
import { httpNode, InvalidUrlError } from "../../../../oracle/sending/httpRequest.ts";
import { NoAnswerError, RpcError } from "../../../../oracle/sending/rpc.ts";

const SECRETS = ["alice", "pa55word", "t0ken-in-path", "t0ken-in-query", "YWxpY2U6cGE1NXdvcmQ="];

describe("httpNode", () => {
  let server: Server;
  let port: number;
  let seen: IncomingMessage | undefined;
  let endless: Readable | undefined;
  let answer: (id: number) => { status?: number; body: unknown };

  before(async () => {
    server = createServer((request, response) => {
      seen = request;
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { id } = JSON.parse(Buffer.concat(chunks).toString()) as { id: number };
        const { status = 200, body } = answer(id);
        response.writeHead(status, { "content-type": "application/json" });
        if (endless !== undefined) {
          pipeline(endless, response, () => undefined);
          return;
        }
        response.end(typeof body === "string" ? body : JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const url = () => `http://alice:pa55word@127.0.0.1:${port}/v3/t0ken-in-path?key=t0ken-in-query`;

  async function failureOf(request: Promise<unknown>): Promise<Error> {
    const error: unknown = await request.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(Error);
    const shown = `${(error as Error).message} ${inspect(error, { depth: 10 })}`;
    for (const secret of SECRETS) expect(shown).not.to.include(secret);
    return error as Error;
  }

  it("sends user and password as a header, and path and query as they are", async () => {
    answer = (id) => ({ body: { jsonrpc: "2.0", id, result: "0x1" } });
    expect(await httpNode(url()).request("eth_chainId", [])).to.equal("0x1");
    expect(seen!.headers.authorization).to.equal("Basic YWxpY2U6cGE1NXdvcmQ=");
    expect(seen!.url).to.equal("/v3/t0ken-in-path?key=t0ken-in-query");
  });

  it("reads no answer without an end, and says so of the endpoint", async () => {
    let sentBytes = 0;
    endless = Readable.from(
      (function* () {
        for (;;) {
          sentBytes += 2 ** 16;
          yield Buffer.alloc(2 ** 16, " ");
        }
      })(),
    );
    const error = await failureOf(httpNode(url()).request("eth_chainId", []));
    endless = undefined;
    expect(error).to.be.instanceOf(NoAnswerError);
    expect(error.message).to.match(/^The answer of http:\/\/127\.0\.0\.1:\d+ is no JSON-RPC\./);
    expect(error.message).to.include("more than 4194304 bytes came");
    // What lay in the buffers in between besides.
    expect(sentBytes).to.be.below(64 * 2 ** 20);
  });

  it("takes an answer of a megabyte", async () => {
    const result = `0x${"ab".repeat(2 ** 19)}`;
    answer = (id) => ({ body: { jsonrpc: "2.0", id, result } });
    expect(await httpNode(url()).request("eth_call", [])).to.equal(result);
  });

  it("is named without its secrets", () => {
    expect(httpNode(url()).name).to.equal(`http://127.0.0.1:${port}`);
  });

  it("gives the node's error with its code, freed of secrets", async () => {
    const message = `rejected for alice:pa55word at ${url()}`;
    answer = (id) => ({ body: { jsonrpc: "2.0", id, error: { code: -32_000, message } } });
    const error = await failureOf(httpNode(url()).request("eth_chainId", []));
    expect(error).to.be.instanceOf(RpcError).with.property("code", -32_000);
  });

  it("refuses the answer to another request", async () => {
    answer = (id) => ({ body: { jsonrpc: "2.0", id: id + 1, result: "0x1" } });
    const error = await failureOf(httpNode(url()).request("eth_chainId", []));
    expect(error).to.be.instanceOf(NoAnswerError);
  });

  it("says what to do about a page in place of JSON, and about a refused password", async () => {
    answer = () => ({ status: 502, body: `<html>alice t0ken-in-path</html>` });
    const page = await failureOf(httpNode(url()).request("eth_chainId", []));
    expect(page.message).to.include("HTTP 502").and.include("Check that the URL");
    answer = () => ({ status: 401, body: "denied to pa55word" });
    const denied = await failureOf(httpNode(url()).request("eth_chainId", []));
    expect(denied.message).to.include("HTTP 401").and.include("password");
  });

  it("says that nobody answers at an address, without its secrets", async () => {
    const closed = `http://alice:pa55word@127.0.0.1:1/v3/t0ken-in-path`;
    const error = await failureOf(httpNode(closed).request("eth_chainId", []));
    expect(error).to.be.instanceOf(NoAnswerError);
    expect(error.message).to.include("http://127.0.0.1:1.");
  });

  it("follows no redirection, which could carry a token elsewhere", async () => {
    answer = () => ({ status: 307, body: "" });
    const error = await failureOf(httpNode(url()).request("eth_chainId", []));
    expect(error).to.be.instanceOf(NoAnswerError);
  });

  it("refuses a URL that is none, without showing it", () => {
    for (const address of ["t0ken-in-path", "ftp://alice:pa55word@host", ""]) {
      expect(() => httpNode(address))
        .to.throw(InvalidUrlError)
        .with.property("message")
        .that.does.not.match(/alice|pa55word|t0ken/);
    }
  });

  it("hides a short password too", async () => {
    answer = () => ({ body: "password q7 refused" });
    const node = httpNode(`http://bob:q7@127.0.0.1:${port}/`);
    const error = await failureOf(node.request("eth_chainId", []));
    expect(error.message).to.include("password *** refused");
  });

  it("stops where the caller does", async () => {
    answer = (id) => ({ body: { jsonrpc: "2.0", id, result: "0x1" } });
    const error = await failureOf(httpNode(url()).request("eth_chainId", [], AbortSignal.abort()));
    expect(error).to.be.instanceOf(NoAnswerError);
  });
});
