import { expect } from "chai";
import { ReplayedCommandError } from "../../../../oracle/store/commands.ts";
import { hashOf, MARKET, SENDER, useStores } from "./stores.ts";

const COMMAND = {
  kind: "release",
  signer: SENDER,
  nonce: hashOf(0xabc),
  hash: hashOf(1),
  payload: `{"kind":"release","quarantineId":1}`,
  signature: "0x1234",
  receivedAtMs: 1000,
};

describe("Commands", function () {
  const stores = useStores();

  it("keeps a command and what came of it, also after the store was closed", function () {
    const store = stores.open();
    const id = store.commands.record(COMMAND);
    expect(store.commands.unfinished()).to.deep.equal([{ ...COMMAND, id, result: undefined }]);
    store.commands.conclude(id, `{"ok":true}`);
    store.close();
    const { commands } = stores.open();
    expect(commands.get(id)).to.deep.equal({ ...COMMAND, id, result: `{"ok":true}` });
    expect(commands.unfinished()).to.be.empty;
  });

  it("refuses a nonce that its signer has used, however the letters are written", function () {
    const { commands } = stores.open();
    commands.record(COMMAND);
    const replayed = {
      ...COMMAND,
      kind: "reject",
      signer: SENDER.toLowerCase(),
      nonce: COMMAND.nonce.replace("abc", "ABC"),
    };
    expect(() => commands.record(replayed)).to.throw(ReplayedCommandError, "for command 1.");
    commands.record({ ...COMMAND, signer: MARKET });
    commands.record({ ...COMMAND, nonce: hashOf(0xabd) });
    expect(commands.latest(2).map(({ id }) => id)).to.deep.equal([3, 2]);
  });
});
