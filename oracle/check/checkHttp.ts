import { once } from "node:events";
import { createServer } from "node:net";
import { HttpServerError } from "../http/httpServerError.ts";
import { GATEWAY_SERVED } from "../operations/gatewayRoutes.ts";
import { failed, good, type Finding } from "./finding.ts";

/** Whether the address for status, metrics and commands is free, or a gateway answers there already. */
export async function checkHttp(
  { host, port }: { host: string; port: number },
  isGateway: () => Promise<boolean>,
): Promise<Finding> {
  const place = { what: "http", where: `${host}:${port}` };
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
    server.close();
    return good(place, "free");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE" && (await isGateway())) return good(place, "the gateway answers");
    return failed(
      place,
      new HttpServerError({ ...GATEWAY_SERVED, host, port }, error as NodeJS.ErrnoException),
    );
  }
}
