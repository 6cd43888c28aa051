import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { KeyError } from "../../../../../../oracle/keys/keyError.ts";
import { WorkerTokenError } from "../../../../../../oracle/matcher/compute/spread/spreadErrors.ts";
import {
  queueNameOf,
  readWorkerToken,
} from "../../../../../../oracle/matcher/compute/spread/workerToken.ts";
import { temporaryFolder } from "../../../../../helpers/fixtureKeys.ts";
import { rejection } from "../../../../../helpers/rejection.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";

describe("the workers' token", () => {
  async function fileOf(text: string, mode = 0o600): Promise<string> {
    const path = join(await temporaryFolder(), "token");
    writeFileSync(path, text, { mode });
    return path;
  }

  it("is a line of a file", async () => {
    expect(await readWorkerToken(await fileOf(`${TOKEN}\n`))).to.equal(TOKEN);
  });

  for (const [what, text] of Object.entries({
    "31 characters": TOKEN.slice(1),
    "two words": `${TOKEN} ${TOKEN}`,
    "two lines": `${TOKEN}\n${TOKEN}`,
    nothing: "",
  })) {
    it(`is not ${what}`, async () => {
      const error = await rejection(readWorkerToken(await fileOf(text)));
      expect(error).to.be.instanceOf(WorkerTokenError);
      expect(error.message).to.contain("openssl rand");
      if (text !== "") expect(error.message).not.to.contain(text);
    });
  }

  it("is refused where others can read it", async () => {
    expect(await rejection(readWorkerToken(await fileOf(TOKEN, 0o640)))).to.be.instanceOf(KeyError);
  });

  it("names the queue without being in its name", () => {
    expect(queueNameOf(TOKEN)).to.match(/^sealwatt-[\da-f]{32}$/);
    expect(queueNameOf(TOKEN)).not.to.contain(TOKEN);
    expect(queueNameOf(TOKEN)).not.to.equal(queueNameOf(`${TOKEN}0`));
  });
});
