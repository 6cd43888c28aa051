import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { expect } from "chai";
import { FIELD_ORDER } from "../../../../../sdk/private/field.ts";
import { attributesOf } from "../../../../../sdk/private/notes.ts";
import {
  DamagedExportError,
  decryptText,
  encryptText,
  WrongExportPasswordError,
} from "../../../../../sdk/private/store/encryptedText.ts";
import {
  exportNotes,
  ForeignExportError,
  importNotes,
} from "../../../../../sdk/private/store/exportNotes.ts";
import { NoteStore } from "../../../../../sdk/private/store/noteStore.ts";
import { ALICE, BOB, POOL } from "../scene.ts";
import { made, madeCredit, noteAdded, spent } from "./storeScene.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const PASSWORD = "correct horse";
/** scrypt at its quickest. */
const COST_LOG2 = 10;

const plan = made({
  kind: "plan",
  owner: ALICE.owner,
  side: "buy",
  period: 12n,
  energyWh: 500n,
  priceMicroPerKwh: 200n,
  attributes: attributesOf(0n, 0n),
});
const store = new NoteStore(POOL, ALICE);
store.scan(
  [
    noteAdded(0, madeCredit(5n)),
    noteAdded(1, madeCredit(2n ** 64n - 1n)),
    { type: "planAdded", plan: { ...plan, kind: "plan" }, blockNumber: 2 },
    spent(0, 3),
    { type: "planEnded", plan: plan.commitment, blockNumber: 4 },
  ],
  9,
);

async function refused(
  promise: Promise<unknown>,
  type: new (...args: never[]) => Error,
): Promise<Error> {
  const error = await rejection(promise);
  expect(error).to.be.instanceOf(type);
  return error;
}

describe("exportNotes", () => {
  it("comes back as it was", async () => {
    const text = await exportNotes(store, PASSWORD, COST_LOG2);
    const again = await importNotes(POOL, ALICE, text, PASSWORD);
    expect(again.notes).to.deep.equal(store.notes);
    expect(again.plans).to.deep.equal(store.plans);
    expect([again.scannedTo, again.balanceNano]).to.deep.equal([9, 2n ** 64n - 1n]);
    again.scan([noteAdded(2, madeCredit(7n), 10)], 10);
    expect(again.credit()).to.have.length(2);
  });

  it("shows nothing of the notes, and is another text each time", async () => {
    const [text, other] = [
      await exportNotes(store, PASSWORD, COST_LOG2),
      await exportNotes(store, PASSWORD, COST_LOG2),
    ];
    expect(text).to.not.equal(other);
    for (const secret of [ALICE.owner.toString(), "credit", POOL.pool, PASSWORD]) {
      expect(text).to.not.include(secret);
    }
  });

  it("refuses another password, with an error of its own that does not tell it", async () => {
    const text = await exportNotes(store, PASSWORD, COST_LOG2);
    for (const wrong of ["", "correct horsf", `${PASSWORD} `]) {
      const error = await refused(importNotes(POOL, ALICE, text, wrong), WrongExportPasswordError);
      expect(error.message).to.not.include("horsf");
    }
  });

  it("takes a password in either of its Unicode forms", async () => {
    const text = await encryptText("notes", "Gru\u0308n", COST_LOG2);
    expect(await decryptText(text, "Grün")).to.equal("notes");
  });

  it("refuses another account's or pool's export", async () => {
    const text = await exportNotes(store, PASSWORD, COST_LOG2);
    const other = { ...POOL, pool: `0x${"ab".repeat(20)}` };
    await refused(importNotes(POOL, BOB, text, PASSWORD), ForeignExportError);
    await refused(importNotes(other, ALICE, text, PASSWORD), ForeignExportError);
    await refused(importNotes({ ...POOL, chainId: 1n }, ALICE, text, PASSWORD), ForeignExportError);
  });

  it("refuses a note that the account does not own, or that cannot be", async () => {
    const write = async (note: object) => {
      const content = {
        chainId: `${POOL.chainId}n`,
        pool: POOL.pool,
        owner: `${ALICE.owner}n`,
        scannedTo: 1,
        notes: [{ note, leafIndex: 0, blockNumber: 1 }],
        plans: [],
        matches: [],
      };
      return importNotes(
        POOL,
        ALICE,
        await encryptText(JSON.stringify(content), PASSWORD, COST_LOG2),
        PASSWORD,
      );
    };
    const note = { kind: "credit", owner: `${ALICE.owner}n`, amountNano: "5n", salt: "1n" };
    expect((await write(note)).balanceNano).to.equal(5n);
    await refused(write({ ...note, owner: "5n" }), ForeignExportError);
    await refused(write({ ...note, salt: `${FIELD_ORDER}n` }), DamagedExportError);
    await refused(write({ ...note, amountNano: 5 }), DamagedExportError);
  });
});

describe("encryptedText", () => {
  it("notices damage anywhere, before the password is asked", async () => {
    const text = await encryptText("notes", PASSWORD, COST_LOG2);
    for (let place = 0; place < text.length; place++) {
      const other = text[place] === "1" ? "2" : "1";
      const damaged = text.slice(0, place) + other + text.slice(place + 1);
      await refused(decryptText(damaged, "another password"), DamagedExportError);
    }
  });

  it("notices a cut or foreign text", async () => {
    const text = await encryptText("notes", PASSWORD, COST_LOG2);
    for (const other of ["", "null", "{}", "[]", '"text"', text.slice(0, -1), `${text}x`]) {
      await refused(decryptText(other, PASSWORD), DamagedExportError);
    }
  });

  it("takes no more memory than it would itself", async () => {
    const envelope = JSON.parse(await encryptText("notes", PASSWORD, COST_LOG2)) as object;
    for (const costLog2 of [9, 21, 40, 10.5, "10"]) {
      const text = JSON.stringify({ ...envelope, costLog2 });
      await refused(decryptText(text, PASSWORD), DamagedExportError);
    }
  });

  it("notices a change by who can make a checksum", async () => {
    const envelope = JSON.parse(await encryptText("notes", PASSWORD, COST_LOG2)) as Record<
      string,
      string
    >;
    const ciphertext = `00${envelope.ciphertext!.slice(2)}`;
    const { format, costLog2, salt, passwordCheck, iv } = envelope;
    const summed = [format, costLog2, salt, passwordCheck, iv, ciphertext].join("|");
    const checksum = bytesToHex(sha256(utf8ToBytes(summed)));
    const text = JSON.stringify({ ...envelope, ciphertext, checksum });
    const error = await refused(decryptText(text, PASSWORD), DamagedExportError);
    expect(error.message).to.include("checksum as well");
  });
});
