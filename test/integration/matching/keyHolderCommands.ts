import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { encryptKeystoreJsonSync, Wallet } from "ethers";
import { PASSWORD_VARIABLE } from "../../../sdk/keystore/readPassword.ts";
import { runSealwatt } from "../../helpers/runSealwatt.ts";
import { PERIOD, stageKeyHolder } from "../../helpers/stageKeyHolder.ts";

const PASSWORD = "a keystore's";

describe("sealwatt keyholder @long", function () {
  this.timeout(120_000);
  const wallet = new Wallet(Wallet.createRandom().privateKey);
  const staged = stageKeyHolder({ signer: wallet });

  it("evidence shows who was found lying, in a table, as JSON, and with the request", async () => {
    const { url } = staged.running;
    const none = await runSealwatt(["keyholder", "evidence", "--url", url]);
    expect(none.stdout).to.equal("Nobody was found lying.\n");
    const uploads = await staged.book({ side: "sell" }, { side: "buy" });
    const { drawn } = await staged.matcher.rankedRound(PERIOD, 0, uploads);
    await staged.matcher.pair(drawn, [{ bid: 7, offer: 7 }]).catch(() => undefined);
    const table = await runSealwatt(["keyholder", "evidence", "--url", url]);
    expect(table.stdout).to.match(/^id .*\n1 .* matcher +pairs +1 +The matcher's pairs/);
    const json = await runSealwatt(["keyholder", "evidence", "--url", url, "--json"]);
    const [first] = JSON.parse(json.stdout) as [{ id: number; kind: string; culprit: string }];
    expect([first.kind, first.culprit]).to.deep.equal(["pairs", "matcher"]);
    const request = await runSealwatt(["keyholder", "evidence", "--url", url, "--request", "1"]);
    expect(request.stdout).to.equal('{"pairs":[[7,7]]}');
    const unknown = await runSealwatt(["keyholder", "evidence", "--url", url, "--request", "9"]);
    expect([unknown.code, unknown.stdout]).to.deep.equal([2, ""]);
  });

  it("rotate has the next epoch begin, for who has the key holder's key", async () => {
    const { url } = staged.running;
    const file = path.join(staged.keyHolders.folder, "key.json");
    const options = { scrypt: { N: 1024, r: 8, p: 1 } };
    writeFileSync(file, encryptKeystoreJsonSync(wallet, PASSWORD, options));
    const command = ["keyholder", "rotate", "--keystore", file, "--url", url, "--json"];
    const env = { [PASSWORD_VARIABLE]: PASSWORD };
    const rotated = await runSealwatt(command, env);
    expect(rotated.stderr).to.equal("");
    const next = JSON.parse(rotated.stdout) as { epoch: number; isNew: boolean };
    expect([next.epoch, next.isNew]).to.deep.equal([2, true]);
    // An epoch that has not begun is not ended: it comes first.
    const again = JSON.parse((await runSealwatt(command, env)).stdout) as object;
    expect(again).to.deep.equal({ ...next, isNew: false });
    const other = path.join(staged.keyHolders.folder, "other.json");
    writeFileSync(
      other,
      encryptKeystoreJsonSync(new Wallet(Wallet.createRandom().privateKey), PASSWORD, options),
    );
    const refused = await runSealwatt(
      ["keyholder", "rotate", "--keystore", other, "--url", url],
      env,
    );
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.contain("401");
  });

  it("says what is missing before it asks for anything", async () => {
    const { code, stderr } = await runSealwatt(["keyholder", "--keystore", "x"]);
    expect(code).to.equal(2);
    expect(stderr).to.contain("--matcher");
  });
});
