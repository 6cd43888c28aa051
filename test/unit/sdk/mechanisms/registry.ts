import { expect } from "chai";
import { greenDoubleAuction } from "../../../../sdk/mechanisms/greenDoubleAuction.ts";
import {
  UnknownMechanismError,
  loadMechanism,
  mechanismNames,
} from "../../../../sdk/mechanisms/registry.ts";

async function failure(name: string): Promise<unknown> {
  return loadMechanism(name).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("loadMechanism", () => {
  it("loads every mechanism under its own name", async () => {
    for (const name of mechanismNames) expect((await loadMechanism(name)).name).to.equal(name);
    expect(await loadMechanism("green-double-auction")).to.equal(greenDoubleAuction);
  });

  it("lists the near names for an unknown one", async () => {
    const error = await failure("green-double-acution");
    expect(error).to.be.instanceOf(UnknownMechanismError);
    expect((error as UnknownMechanismError).message).to.equal(
      'There is no mechanism "green-double-acution".\n' +
        "Did you mean green-double-auction? Known mechanisms: green-double-auction.",
    );
  });

  it("lists the known names where none is near", async () => {
    expect(((await failure("lottery")) as UnknownMechanismError).metaMessages).to.deep.equal([
      "Known mechanisms: green-double-auction.",
    ]);
  });

  it("does not take a property of every object for a name", async () => {
    expect(await failure("constructor")).to.be.instanceOf(UnknownMechanismError);
  });
});
