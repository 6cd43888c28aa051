import { Wallet } from "ethers";
import { authorisationMessage, outcomeOf } from "../sdk/private/authorisation.ts";
import { BASE_POINT, multiplyPoint } from "../sdk/private/babyJubjub.ts";
import { addressWord, contextOf } from "../sdk/private/context.ts";
import { deliveredWh } from "../sdk/private/delivered.ts";
import { signMessage } from "../sdk/private/eddsa.ts";
import { gatewayKeysOf } from "../sdk/private/gateway/gatewayKeys.ts";
import { accountOfSeed, type PrivateAccount } from "../sdk/private/keys.ts";
import {
  PRIVATE_ACCOUNT_TYPES,
  privateAccountMessage,
  seedOfSignature,
} from "../sdk/private/keySignature.ts";
import { MerkleTree } from "../sdk/private/merkleTree.ts";
import { attributesOf, commitmentOf, type Note } from "../sdk/private/notes.ts";
import { nullifierOf } from "../sdk/private/nullifier.ts";
import { poolDomain, scopeOf, type PoolId } from "../sdk/private/pool.ts";
import { hash, hashStream } from "../sdk/private/poseidon.ts";
import { formatPrivateAddress } from "../sdk/private/privateAddress.ts";
import type { NoteDraft } from "../sdk/private/memoCode.ts";
import { sealNote } from "../sdk/private/sealNote.ts";
import { MESSAGE_TAGS, TAGS } from "../sdk/private/tags.ts";
import { formatViewingKey } from "../sdk/private/viewingKey.ts";
import { deliveryVectors } from "./deliveryVectors.ts";
import { matchingVectors } from "./matchingVectors.ts";

const POOL: PoolId = { chainId: 31337n, pool: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
const PAYER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const AUDIT_SCALAR = 424242n;
const GATEWAY_PRIVATE_KEY = `0x${"22".repeat(32)}`;
const DEADLINE_S = 2_000_000_000n;

const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`;

async function keyVectors() {
  const wallet = new Wallet(`0x${"11".repeat(32)}`);
  const signature = await wallet.signTypedData(
    poolDomain(POOL),
    PRIVATE_ACCOUNT_TYPES,
    privateAccountMessage(0n),
  );
  const seed = seedOfSignature(POOL, wallet.address, 0n, signature);
  const account = accountOfSeed(seed);
  return {
    account,
    vectors: {
      ...POOL,
      walletKey: wallet.privateKey,
      wallet: wallet.address,
      index: 0n,
      signature,
      seed: hex(seed),
      ...account,
      signKey: hex(account.signKey),
      privateAddress: formatPrivateAddress(account),
      viewingKeyText: formatViewingKey(account),
    },
  };
}

function noteVectors({ owner }: PrivateAccount, gateway: bigint) {
  const period = 1_234n;
  const attributes = attributesOf(gateway, 6n);
  const terms = { owner, period, energyWh: 1_500n };
  const match = { sellPlan: 21n, buyPlan: 22n, energyWh: 1_500n, priceMicroPerKwh: 240_000n };
  const notes: Note[] = [
    { kind: "credit", owner, amountNano: 12_500_000_000n, salt: 31n },
    { kind: "generation", ...terms, gateway, salt: 32n },
    { kind: "plan", ...terms, side: "sell", priceMicroPerKwh: 230_000n, attributes, salt: 33n },
    {
      kind: "plan",
      ...terms,
      side: "buy",
      priceMicroPerKwh: 250_000n,
      attributes: attributesOf(0n, 0n),
      salt: 34n,
    },
    { kind: "match", ...match, salt: 35n },
    { kind: "actual", match: 23n, energyWh: 1_480n, salt: 36n },
  ];
  return notes.map((note) => ({ note, commitment: commitmentOf(note) }));
}

function memoVectors(account: PrivateAccount, notes: readonly { note: Note }[]) {
  const auditKey = multiplyPoint(BASE_POINT, AUDIT_SCALAR);
  const memoOf = (draft: NoteDraft, ephemeral: bigint, outputIndex: number, isLong = false) => {
    const { viewKey } = account;
    const options = { viewKey, auditKey, ephemeral, outputIndex, isLong };
    const { note, commitment, memo } = sealNote(draft, options);
    return { ephemeral, outputIndex, note, commitment, memo };
  };
  const drafts = notes.map(({ note }) => note).filter((note) => "owner" in note);
  const [credit] = drafts;
  return [
    ...drafts.map((draft, i) => memoOf(draft, 1_001n + BigInt(i), i % 2)),
    // As Refund makes it.
    memoOf(credit!, 1_101n, 0, true),
  ];
}

function signatureVector(account: PrivateAccount, nullifier: bigint) {
  const context = contextOf(POOL, "Withdraw", DEADLINE_S, [
    addressWord(PAYER),
    addressWord(PAYER),
    5n,
  ]);
  const message = authorisationMessage("Withdraw", nullifier, outcomeOf(41n), context);
  return {
    circuit: "Withdraw",
    subject: nullifier,
    outcome: outcomeOf(41n),
    context,
    message,
    signature: signMessage(account, message),
  };
}

/** One value for each thing that docs/protocol.md defines, from fixed keys. */
export async function protocolVectors(): Promise<object> {
  const { account, vectors: keys } = await keyVectors();
  const gateway = gatewayKeysOf(GATEWAY_PRIVATE_KEY);
  const notes = noteVectors(account, gateway.tag);
  const scope = scopeOf(POOL);
  const leafIndex = 5;
  const nullifier = nullifierOf(scope, account.nullifierKey, leafIndex);
  const tree = new MerkleTree(4, [101n, 102n, 103n, 104n, 105n]);
  return {
    comment:
      "Written by scripts/generate-protocol-vectors.ts. Numbers are decimal, bytes hexadecimal. The keys are public: never use them.",
    tags: { ...TAGS, ...MESSAGE_TAGS },
    hash: [
      { inputs: [1n, 2n], output: hash(1n, 2n) },
      { inputs: [1n, 2n, 3n, 4n, 5n], output: hash(1n, 2n, 3n, 4n, 5n) },
    ],
    hashStream: [
      { inputs: [1n, 2n, 3n], outputs: hashStream([1n, 2n, 3n], 3) },
      { inputs: [1n, 2n, 3n, 4n], outputs: hashStream([1n, 2n, 3n, 4n], 4) },
    ],
    keys,
    gateway: {
      privateKey: GATEWAY_PRIVATE_KEY,
      scalar: gateway.spendScalar,
      key: gateway.spendKey,
      signKey: hex(gateway.signKey),
      tag: gateway.tag,
    },
    scope,
    contexts: [
      {
        circuit: "Deposit",
        deadlineS: DEADLINE_S,
        bound: [addressWord(PAYER)],
        context: contextOf(POOL, "Deposit", DEADLINE_S, [addressWord(PAYER)]),
      },
      {
        circuit: "Merge",
        deadlineS: DEADLINE_S,
        bound: [],
        context: contextOf(POOL, "Merge", DEADLINE_S),
      },
    ],
    notes,
    nullifier: { leafIndex, nullifier },
    // In a tree of 4 levels: the last of 5 leaves has no neighbour at two of them.
    paths: [0, 3, 4].map((index) => tree.pathOf(index)),
    memos: { auditScalar: AUDIT_SCALAR, notes: memoVectors(account, notes) },
    signature: signatureVector(account, nullifier),
    delivery: deliveryVectors({
      pool: POOL,
      deadlineS: DEADLINE_S,
      auditScalar: AUDIT_SCALAR,
      seller: account,
      address: PAYER,
      gateway,
    }),
    matching: await matchingVectors({ pool: POOL, account, gateway }),
    outcome: { of: [41n, 42n, 43n], outcome: outcomeOf(41n, 42n, 43n) },
    delivered: (
      [
        [1_000n, 950n, 500n],
        [1_000n, 949n, 500n],
        [1_000n, 1_051n, 500n],
        [1_000n, 0n, 9_999n],
      ] as const
    ).map(([matchedWh, actualWh, toleranceBps]) => ({
      matchedWh,
      actualWh,
      toleranceBps,
      deliveredWh: deliveredWh(matchedWh, actualWh, toleranceBps),
    })),
  };
}
