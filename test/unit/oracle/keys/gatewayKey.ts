import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { expect } from "chai";
import { Wallet } from "ethers";
import { Secret } from "../../../../oracle/config/secret.ts";
import { createKeystore, loadGatewayKey } from "../../../../oracle/keys/gatewayKey.ts";
import { KeyError } from "../../../../oracle/keys/keyError.ts";

const KEY = `0x${"c0ffee".repeat(10)}c0de`;
const PASSWORD = "canary-of-the-password";
const ADDRESS = new Wallet(KEY).address;

describe("the gateway's key", () => {
  let folder: string;
  let file: string;
  let keystore: string;

  before(async () => {
    keystore = await new Wallet(KEY).encrypt(PASSWORD);
  });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "sealwatt-test-"));
    file = path.join(folder, "key");
  });

  afterEach(() => rm(folder, { recursive: true }));

  const open = (password = PASSWORD) =>
    loadGatewayKey({ kind: "keystore", path: file, password: new Secret(password) });
  const read = () => loadGatewayKey({ kind: "file", path: file });
  const write = (text: string, mode = 0o600) => writeFile(file, text, { mode });

  /** The error's sentences, after a look that none of its forms holds a secret. */
  async function refusal(promise: Promise<unknown>): Promise<string> {
    const error = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(KeyError);
    const { shortMessage, metaMessages, stack } = error as KeyError;
    const forms = [
      inspect(error, { depth: null, showHidden: true, getters: true }),
      JSON.stringify(error),
      stack ?? "",
    ];
    for (const form of forms) {
      expect(form)
        .not.to.include(PASSWORD)
        .and.not.to.match(/c0ffeec0ffee/i);
    }
    return [shortMessage, ...metaMessages].join(" ").replaceAll(folder, "");
  }

  describe("in a keystore", () => {
    it("opens with its password", async () => {
      await write(keystore, 0o644);
      const wallet = await open();
      expect(wallet.address).to.equal(ADDRESS);
      expect(wallet.provider).to.equal(null);
    });

    it("is not shown by its wallet", async () => {
      await write(keystore);
      const wallet = await open();
      const forms = [inspect(wallet, { depth: null, showHidden: true }), JSON.stringify(wallet)];
      for (const form of forms) expect(form).not.to.match(/c0ffeec0ffee/i);
    });

    it("does not open with another password", async () => {
      await write(keystore);
      expect(await refusal(open(`${PASSWORD}!`))).to.equal(
        'The password does not open the keystore "/key". Correct key.password, or the variable that it names.',
      );
    });

    it("is not there", async () => {
      expect(await refusal(open())).to.equal(
        'Cannot read the keystore "/key". There is no such file: correct the path, or make a keystore with sealwatt oracle keygen.',
      );
    });

    it("is a directory", async () => {
      await mkdir(file);
      expect(await refusal(open())).to.equal(
        'Cannot read the keystore "/key". It is a directory: name a file.',
      );
    });

    for (const [title, text] of [
      ["is another JSON document", "{}"],
      ["is no JSON", "{"],
      ["is of another version", '{"version":1}'],
      ["is the bare key", KEY],
    ] as const) {
      it(title, async () => {
        await write(text);
        expect(await refusal(open())).to.equal(
          '"/key" is no encrypted keystore. Name an Ethereum keystore (JSON, version 3), or write key.file for a file with the bare key.',
        );
      });
    }

    for (const [title, from, to] of [
      ["has lost its cipher", '"aes-128-ctr"', '"none"'],
      ["has lost its key derivation", '"scrypt"', '"none"'],
      ["has another key's address", /"address":"..../, '"address":"0000'],
    ] as const) {
      it(title, async () => {
        await write(keystore.replace(from, to));
        expect(await refusal(open())).to.equal(
          'The keystore "/key" is damaged. Restore it from its copy.',
        );
      });
    }

    it("is a large file of something else", async () => {
      await write("x".repeat(65_537));
      expect(await refusal(open())).to.equal(
        'The keystore "/key" has 65537 bytes. It is another file: correct the path.',
      );
    });
  });

  describe("in a file", () => {
    for (const [title, text] of [
      ["with 0x", KEY],
      ["without 0x", KEY.slice(2)],
      ["with a line break", `${KEY}\n`],
      ["in capitals", KEY.slice(2).toUpperCase()],
    ] as const) {
      it(`is read ${title}`, async () => {
        await write(text);
        expect((await read()).address).to.equal(ADDRESS);
      });
    }

    it("is read where nobody may write", async () => {
      await write(KEY, 0o400);
      expect((await read()).address).to.equal(ADDRESS);
    });

    for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o777]) {
      it(`is refused at mode 0${mode.toString(8)}`, async () => {
        await write(KEY);
        await chmod(file, mode);
        expect(await refusal(read())).to.equal(
          `Others may read or change the key file "/key": its mode is 0${mode.toString(8)}. chmod 600 /key`,
        );
      });
    }

    it("is refused where it belongs to another user", async function () {
      if (process.geteuid?.() !== 0) this.skip();
      await write(KEY);
      await chown(file, 12_345, 12_345);
      expect(await refusal(read())).to.equal(
        'The key file "/key" belongs to user 12345, who is neither this one (0) nor root. chown 0 /key',
      );
    });

    it("is not there", async () => {
      expect(await refusal(read())).to.match(
        /^Cannot read the key file "\/key"\. There is no such/,
      );
    });

    for (const [title, text] of [
      ["is empty", ""],
      ["is a digit short", KEY.slice(0, -1)],
      ["has a word beside it", `key: ${KEY}`],
      ["is zero", "0".repeat(64)],
      ["is above the curve's order", "f".repeat(64)],
    ] as const) {
      it(title, async () => {
        await write(text);
        expect(await refusal(read())).to.equal(
          'The key file "/key" holds no private key. It must hold 64 hexadecimal digits and nothing else.',
        );
      });
    }

    it("is a keystore", async () => {
      await write(keystore);
      expect(await refusal(read())).to.equal(
        'The key file "/key" holds no private key. It is a keystore: write key.keystore and key.password.',
      );
    });
  });

  describe("that is made", () => {
    it("opens again, and is its owner's alone", async () => {
      const address = await createKeystore(file, new Secret(PASSWORD));
      expect((await stat(file)).mode & 0o777).to.equal(0o600);
      expect((await open()).address).to.equal(address);
    });

    it("is another each time", async () => {
      const first = await createKeystore(file, new Secret(PASSWORD));
      expect(await createKeystore(`${file}2`, new Secret(PASSWORD))).not.to.equal(first);
    });

    it("is in the keystore in its encrypted form alone", async () => {
      await createKeystore(file, new Secret(PASSWORD));
      const json = JSON.parse(await readFile(file, "utf8")) as object;
      expect(json).to.have.all.keys("address", "id", "version", "Crypto");
    });

    it("never overwrites a file", async () => {
      await write("precious");
      expect(await refusal(createKeystore(file, new Secret(PASSWORD)))).to.equal(
        '"/key" exists already. Name another file: a key that is overwritten is lost.',
      );
      expect(await readFile(file, "utf8")).to.equal("precious");
    });

    it("needs a password", async () => {
      expect(await refusal(createKeystore(file, new Secret("")))).to.equal(
        "The password is empty. Choose one.",
      );
    });

    it("needs a folder", async () => {
      file = path.join(folder, "none/key");
      expect(await refusal(createKeystore(file, new Secret(PASSWORD)))).to.equal(
        'Cannot write the keystore "/none/key".',
      );
    });
  });
});
