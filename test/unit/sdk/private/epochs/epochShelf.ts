import { expect } from "chai";
import { EpochShelf } from "../../../../../sdk/private/epochs/epochShelf.ts";
import { ForeignEpochError } from "../../../../../sdk/private/epochs/epochError.ts";
import { rejection } from "../../../../helpers/rejection.ts";
import { KEYS, MANIFEST, serviceOf, recordOf } from "./epochScene.ts";

describe("EpochShelf", () => {
  it("fetches an epoch once, and asks the chain each time", async () => {
    const { client, asked } = serviceOf();
    let reads = 0;
    const record = recordOf();
    const shelf = new EpochShelf(client, {
      epochOfPeriod: (period) => {
        reads++;
        return record.epochOfPeriod(period);
      },
    });
    const epochs = await Promise.all([7n, 8n, 9n].map((period) => shelf.ofPeriod(period)));
    expect(epochs.every(({ publicKey }) => Buffer.from(publicKey).equals(KEYS["public-key"]))).to.be
      .true;
    expect(asked).to.deep.equal(["/epochs/2", "/epochs/2/public-key"]);
    expect(reads).to.equal(3);
  });

  it("fetches again what it could not fetch, and another epoch of the same number", async () => {
    const other = { ...MANIFEST, fromPeriod: 8n };
    let served: object = { ...MANIFEST, epoch: 9 };
    let announced = MANIFEST;
    const service = {
      get: (path: string) => serviceOf(served).client.get(path),
    };
    const shelf = new EpochShelf(service, {
      epochOfPeriod: (period) => recordOf(announced).epochOfPeriod(period),
    });
    expect(await rejection(shelf.ofPeriod(9n))).to.be.instanceOf(ForeignEpochError);
    served = MANIFEST;
    expect((await shelf.ofPeriod(9n)).manifest).to.deep.equal(MANIFEST);
    // The chain was reorganised.
    announced = other;
    expect(await rejection(shelf.ofPeriod(9n))).to.be.instanceOf(ForeignEpochError);
    served = other;
    expect((await shelf.ofPeriod(9n)).manifest).to.deep.equal(other);
  });
});
