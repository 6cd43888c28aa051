import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** A folder over HTTP. */
export interface FolderServer {
  url: string;
  /** Paths that were asked for. */
  asked: string[];
  close(): Promise<void>;
}

/** Serves the files of a folder. @param headers of every answer */
export async function serveFolder(
  folder: string,
  headers: Record<string, string> = {},
): Promise<FolderServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    asked.push(pathname);
    readFile(path.join(folder, path.basename(pathname))).then(
      (content) => {
        const type = TYPES[path.extname(pathname)] ?? "application/octet-stream";
        response.writeHead(200, { "content-type": type, ...headers }).end(content);
      },
      () => response.writeHead(404).end(),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
