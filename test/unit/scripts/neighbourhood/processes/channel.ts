import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Channel } from "../../../../../scripts/neighbourhood/processes/channel.ts";
import { Child } from "../../../../../scripts/neighbourhood/processes/child.ts";
import { BaseError } from "../../../../../sdk/errors.ts";
import type { Sum } from "../../../../helpers/processes/answerer.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const MODULE = fileURLToPath(new URL("../../../../helpers/processes/answerer.ts", import.meta.url));

describe("questions between two processes", function () {
  this.timeout(30_000);
  let child: Child;
  let channel: Channel<Sum, bigint>;

  before(() => {
    child = new Child({ module: MODULE, serialization: "advanced" });
    channel = new Channel<Sum, bigint>(child.process, async (asked) => asked + 1n);
    void child.ended.then((how) => channel.fail(new Error(how)));
  });

  after(() => child.end());

  it("get their own answers, however many are asked at once", async () => {
    const values = Array.from({ length: 20 }, (_, i) => BigInt(i) << 100n);
    const answers = await Promise.all(
      values.map((value) => channel.ask({ what: "double", value })),
    );
    expect(answers).to.deep.equal(values.map((value) => 2n * value));
  });

  it("are asked back while they are answered", async () => {
    expect(await channel.ask({ what: "askBack", value: 41n })).to.equal(42n);
  });

  it("bring what users can mend as it was thrown", async () => {
    const error = await rejection(channel.ask({ what: "refuse", value: 0n }));
    expect(error).to.be.instanceOf(BaseError);
    expect(error).to.include({ shortMessage: "That is too much.", details: "12" });
    expect(error).to.deep.include({ metaMessages: ["Ask for less."] });
  });

  it("bring a defect as one, with its place", async () => {
    const error = await rejection(channel.ask({ what: "break", value: 0n }));
    expect(error).not.to.be.instanceOf(BaseError);
    expect(error).to.include({ name: "TypeError", message: "defect" });
    expect(error.stack).to.include("answerer.ts");
  });

  it("fail where the other process dies, then and afterwards", async () => {
    const open = channel.ask({ what: "die", value: 0n });
    expect((await rejection(open)).message).to.equal("code 3");
    const late = channel.ask({ what: "double", value: 1n });
    expect((await rejection(late)).message).to.equal("code 3");
  });
});
