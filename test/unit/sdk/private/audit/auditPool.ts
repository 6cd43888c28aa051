import { expect } from "chai";
import { readerOf } from "../../../../../sdk/private/audit/auditPool.ts";
import {
  AuditKeyMissingError,
  ForeignAuditKeyError,
} from "../../../../../sdk/private/audit/poolReader.ts";
import { BASE_POINT, multiplyPoint } from "../../../../../sdk/private/babyJubjub.ts";
import type { PoolLog, PoolLogOf } from "../../../../../sdk/private/chain/poolLog.ts";
import type { PlanNote } from "../../../../../sdk/private/notes.ts";
import { openMemoAsOwner } from "../../../../../sdk/private/openMemo.ts";
import { randomScalar } from "../../../../../sdk/private/randomScalar.ts";
import { sealNote } from "../../../../../sdk/private/sealNote.ts";
import { SyntheticPool } from "../../../../helpers/syntheticPool.ts";
import { ADDRESSES, busyPool, CAROL, NEXT_AUDIT_SCALAR } from "../chain/poolScene.ts";
import { account, ALICE, AUDIT_SCALAR, BOB } from "../scene.ts";
import { auditAll, auditFor, auditOne, AUDIT_SCALARS, falsify, figuresOf } from "./auditScene.ts";

const { pool, sold, bought, match } = busyPool();
const logs = pool.logs;

type NoteChange = Partial<Record<"owner" | "amountNano" | "energyWh", bigint>>;

/** A log of a note with another one in it, which its owner and the regulator can read. */
function withNote(
  log: PoolLogOf<"NoteAdded">,
  owner: typeof ALICE,
  change: NoteChange,
  auditScalar = NEXT_AUDIT_SCALAR,
): PoolLog {
  const { kind, commitment, outputIndex, memo } = log;
  const { salt: _, ...note } = openMemoAsOwner({ kind, commitment, outputIndex, memo }, owner)!;
  const made = sealNote(
    { ...note, ...change },
    {
      viewKey: (change.owner === BOB.owner ? BOB : owner).viewKey,
      auditKey: multiplyPoint(BASE_POINT, auditScalar),
      ephemeral: randomScalar(),
      outputIndex,
      isLong: kind === "credit" && memo.length === 5,
    },
  );
  return { ...log, commitment: made.commitment, memo: made.memo };
}

/** The places of notes by the log that stands before them. */
function noteAfter(name: PoolLog["name"], place = 0): number {
  const at = logs.indexOf(logs.filter((log) => log.name === name)[place]!);
  const note = logs.slice(at).find((log) => log.name === "NoteAdded");
  return logs.filter((log) => log.name === "NoteAdded").indexOf(note!);
}

const figuresWith = (falsified: readonly PoolLog[]) => figuresOf(auditAll(falsified));

describe("auditPool", function () {
  this.timeout(20_000);

  it("finds nothing in an honest history, and every balance in it", () => {
    const replay = auditAll(logs);
    expect(replay.differences.list).to.be.empty;
    const { totals } = replay;
    expect(totals).to.deep.include({ depositedNano: 590_000n, withdrawnNano: 60_000n });
    expect([totals.unreadable, totals.lostBondsNano]).to.deep.equal([0, 1_000n]);
    const balances = [ALICE, BOB, CAROL].map(({ owner }) => replay.account(owner).credit.sum);
    expect(balances).to.deep.equal([40_000n, 400_000n, 89_000n]);
    expect(replay.account(CAROL.owner).strikes).to.equal(1);
    const trade = replay.matches.get(match.record)!;
    expect([trade.sell, trade.buy]).to.deep.equal([sold.plan, bought.plan]);
    expect(trade.note).to.deep.equal(match.note);
    expect([trade.actual!.energyWh, trade.earnedNano, trade.returnedNano]).to.deep.equal([
      400n,
      100_000n,
      50_000n,
    ]);
  });

  it("finds nothing at any moment of an honest history", () => {
    for (let block = 5; block < pool.blocks.length; block += 3) {
      const past = logs.filter(({ blockNumber }) => blockNumber <= block);
      const versions = past.filter(({ name }) => name === "AuditKeySet").length;
      const scalars = AUDIT_SCALARS.slice(0, versions);
      expect(() => readerOf({ auditScalars: scalars }, past)).to.not.throw();
      if (versions === 2) expect(figuresWith(past), `block ${block}`).to.be.empty;
    }
  });

  it("tells a participant the same of itself, and nothing of others", () => {
    const whole = auditAll(logs);
    for (const participant of [ALICE, BOB, CAROL]) {
      const replay = auditOne(logs, participant);
      expect(replay.differences.list).to.be.empty;
      expect([...replay.accounts.keys()]).to.deep.equal([participant.owner]);
      const [own, found] = [replay, whole].map((each) => each.account(participant.owner));
      expect(own!.flows).to.deep.equal(found!.flows);
      expect(own!.credit.values).to.deep.equal(found!.credit.values);
      for (const { sell, buy } of replay.matches.values()) {
        expect([sell, buy].filter((plan) => plan !== undefined)).to.have.length(1);
      }
    }
    const stranger = auditOne(logs, account(77));
    expect([stranger.accounts.size, stranger.differences.list.length]).to.deep.equal([0, 0]);
  });

  it("wants the secret of every version of the key, and of no other", () => {
    const read = (...auditScalars: bigint[]) => readerOf({ auditScalars }, logs);
    expect(() => read(AUDIT_SCALAR)).to.throw(AuditKeyMissingError, "version 2");
    expect(() => read()).to.throw(AuditKeyMissingError, "versions 1, 2");
    expect(() => read(...AUDIT_SCALARS, 5n)).to.throw(ForeignAuditKeyError);
    expect(() => read(...AUDIT_SCALARS.toReversed())).to.not.throw();
  });

  const change = <N extends PoolLog["name"]>(
    name: N,
    by: (log: PoolLogOf<N>) => Partial<PoolLogOf<N>>,
    place = 0,
  ) => falsify(logs, name, (log) => [{ ...log, ...by(log) }], place);
  const swapNote = (
    place: number,
    owner: typeof ALICE,
    by: NoteChange,
    scalar = NEXT_AUDIT_SCALAR,
  ) => falsify(logs, "NoteAdded", (log) => [withNote(log, owner, by, scalar)], place);

  const tampered: [string, readonly PoolLog[], string[]][] = [
    [
      "a note that is missing",
      falsify(logs, "NoteAdded", () => [], noteAfter("Deposited", 1)),
      ["NoteAdded.leafIndex", "step", "merge.spentNano"],
    ],
    [
      "a note that comes twice",
      falsify(logs, "NoteAdded", (log) => [log, log]),
      ["NoteAdded.leafIndex"],
    ],
    [
      "a note's altered memo",
      change("NoteAdded", ({ memo }) => ({ memo: memo.with(1, memo[1]! + 1n) }), 1),
      ["memo"],
    ],
    [
      "a note's altered wrap for the regulator alone",
      change("NoteAdded", ({ memo }) => ({ memo: memo.with(-1, memo.at(-1)! + 1n) }), 1),
      ["memo"],
    ],
    [
      "an altered commitment",
      change("NoteAdded", ({ commitment }) => ({ commitment: commitment + 1n }), 1),
      ["memo", "LeavesInserted.root"],
    ],
    [
      "a memo under the key before",
      swapNote(noteAfter("MatchSettled"), ALICE, {}, AUDIT_SCALAR),
      ["memo"],
    ],
    [
      "a nullifier that is spent twice",
      change(
        "NullifierSpent",
        () => ({
          nullifier: (logs.find((log) => log.name === "NullifierSpent") as { nullifier: bigint })
            .nullifier,
        }),
        1,
      ),
      ["NullifierSpent.nullifier"],
    ],
    [
      "a deposit of less than its note",
      change("Deposited", ({ amountNano }) => ({ amountNano: amountNano - 1n })),
      ["deposit.amountNano", "money"],
    ],
    [
      "a withdrawal of more than there was",
      change("Withdrawn", ({ amountNano }) => ({ amountNano: amountNano + 1n })),
      ["withdraw.spentNano"],
    ],
    [
      "a fee above its amount",
      change("Withdrawn", ({ amountNano }) => ({ feeNano: amountNano + 1n })),
      ["withdraw.feeNano"],
    ],
    [
      "a merger that makes money",
      swapNote(2 + 1, BOB, { amountNano: 500_001n }, AUDIT_SCALAR),
      ["merge.spentNano"],
    ],
    [
      "a plan's change that makes money",
      swapNote(noteAfter("PlanAdded", 1), BOB, { amountNano: 259_001n }, AUDIT_SCALAR),
      ["plan.spentNano"],
    ],
    [
      "a plan's rest that makes energy",
      swapNote(noteAfter("PlanAdded"), ALICE, { energyWh: 301n }, AUDIT_SCALAR),
      ["plan.spentWh"],
    ],
    [
      "a plan whose rest is another's",
      swapNote(noteAfter("PlanAdded"), ALICE, { owner: BOB.owner }, AUDIT_SCALAR),
      ["plan.owner"],
    ],
    ["a plan of another side", change("PlanAdded", () => ({ sell: false })), ["kind"]],
    ["a plan of another period", change("PlanAdded", () => ({ period: 13n })), ["plan.period"]],
    [
      "a plan of who has not joined",
      falsify(logs, "ParticipantJoined", () => []),
      ["plan.owner", "ParticipantJoined.index"],
    ],
    [
      "energy of an unregistered gateway",
      falsify(logs, "GatewaySet", () => []),
      ["generation.gateway"],
    ],
    [
      "a settlement that pays more",
      swapNote(noteAfter("MatchSettled"), ALICE, { amountNano: 100_001n }),
      ["settle.amountNano", "match.lockedNano"],
    ],
    [
      "a settlement that pays another",
      swapNote(noteAfter("MatchSettled"), ALICE, { owner: BOB.owner }),
      ["settle.owner"],
    ],
    [
      "a buyer that is given back too little",
      swapNote(noteAfter("MatchSettled", 1), BOB, { amountNano: 49_999n }),
      ["settle.amountNano", "match.lockedNano"],
    ],
    [
      "a refund of more",
      swapNote(noteAfter("PlanRefunded", 2), CAROL, { amountNano: 26_000n }),
      ["refund.amountNano", "money"],
    ],
    [
      "a refund to another",
      swapNote(noteAfter("PlanRefunded", 2), CAROL, { owner: BOB.owner }),
      ["refund.owner"],
    ],
    [
      "a refund of energy that was sold",
      swapNote(noteAfter("PlanRefunded"), ALICE, { energyWh: 700n }),
      ["refund.energyWh"],
    ],
    [
      "a match that is sealed to nobody",
      change("MatchProposed", ({ opening }) => ({ opening: opening.with(4, 1n) }), 1),
      ["match.opening"],
    ],
    [
      "a rest's altered memo",
      change("MatchConfirmed", ({ memo }) => ({ memo: memo.with(2, 1n) }), 1),
      ["memo"],
    ],
    [
      "an agreement that was not confirmed",
      falsify(logs, "MatchConfirmed", () => [], 1),
      ["MatchAgreed.buyRest"],
    ],
    [
      "a strike for who had confirmed",
      change("MatchLapsed", () => ({ sellStruck: true })),
      ["MatchLapsed.sellStruck"],
    ],
    [
      "a strike that was not counted",
      change("MatchLapsed", () => ({ buyStruck: false })),
      ["MatchLapsed.buyStruck", "refund.amountNano"],
    ],
    [
      "an altered delivery",
      change("ActualReported", ({ secret }) => ({ secret: secret.with(1, 1n) })),
      ["actual"],
    ],
    [
      "a delivery that was left out",
      falsify(logs, "ActualReported", () => []),
      ["settle.amountNano"],
    ],
    [
      "a settlement that comes twice",
      falsify(logs, "MatchSettled", (log) => [{ ...log, sell: !log.sell }]),
      ["MatchSettled.buySettled", "settle.owner"],
    ],
    [
      "a root that its leaves do not give",
      change("LeavesInserted", ({ root }) => ({ root: root + 1n })),
      ["LeavesInserted.root"],
    ],
    [
      "more leaves than there are",
      change("LeavesInserted", ({ size }) => ({ size: size + 100 })),
      ["LeavesInserted.size"],
    ],
    [
      "a participants' root of others",
      change("ParticipantExpelled", ({ root }) => ({ root: root + 1n })),
      ["ParticipantExpelled.root"],
    ],
  ];
  for (const [what, falsified, expected] of tampered) {
    it(`names ${what}`, () => {
      expect(figuresWith(falsified)).to.include.members(expected);
    });
  }

  it("counts what it could not read", () => {
    const replay = auditAll(change("NoteAdded", () => ({ memo: [1n, 2n, 3n, 4n] }), 1));
    expect(replay.totals.unreadable).to.equal(1);
    const [difference] = replay.differences.list.filter(({ figure }) => figure === "memo");
    expect(difference).to.include({ expected: "what opens the commitment", subject: "note 1" });
    expect(difference!.found).to.match(/^The memo of note \d+ /);
  });

  it("finds the trade's energy in the rests where the matcher sealed the match to nobody", () => {
    const hidden = change("MatchProposed", ({ opening }) => ({ opening: opening.with(4, 1n) }), 1);
    expect(figuresWith(hidden)).to.deep.equal(["match.opening"]);
  });

  it("tells a participant of a note that was altered for it", () => {
    const forged = change(
      "NoteAdded",
      ({ commitment }) => ({ commitment: commitment + 1n }),
      noteAfter("MatchSettled"),
    );
    expect(figuresOf(auditOne(forged, ALICE))).to.include.members(["memo", "settle.owner"]);
    expect(figuresOf(auditOne(forged, CAROL))).to.deep.equal(["LeavesInserted.root"]);
  });

  it("finds a match that takes more than its plans say", () => {
    const other = new SyntheticPool();
    other.setAuditKey(AUDIT_SCALAR);
    other.setGateway();
    other.join(ALICE, ADDRESSES[0]);
    other.join(BOB, ADDRESSES[1]);
    const sell = other.sell(ALICE, other.issue(ALICE, 900n), 900n, 200n);
    const buy = other.buy(BOB, other.deposit(BOB, 900_000n), 900n, 300n);
    const made = other.propose([ALICE, sell.plan], [BOB, buy.plan], 500n, 250n);
    const buyRest = other.confirm(BOB, buy.plan, made);
    const sellRest = other.confirm(ALICE, sell.plan, made, buyRest);
    const rest = (given: PlanNote, by: Partial<PlanNote>, { viewKey } = ALICE) => {
      const { salt: _, ...draft } = { ...given, ...by };
      const auditKey = multiplyPoint(BASE_POINT, AUDIT_SCALAR);
      return sealNote(draft, { viewKey, auditKey, ephemeral: randomScalar(), outputIndex: 0 });
    };
    const audited = (by: Partial<PlanNote>) => {
      const { commitment, memo } = rest(sellRest, by);
      const confirmed = falsify(
        other.logs,
        "MatchConfirmed",
        (log) => [{ ...log, rest: commitment, memo }],
        1,
      );
      const falsified = falsify(confirmed, "MatchAgreed", (log) => [
        { ...log, sellRest: commitment },
      ]);
      const reader = { auditScalars: [AUDIT_SCALAR] };
      return figuresOf(auditFor(falsified, reader));
    };
    expect(audited({})).to.be.empty;
    expect(audited({ energyWh: 401n })).to.deep.equal(["rest.energyWh", "match.energyWh"]);
    expect(audited({ priceMicroPerKwh: 1n })).to.deep.equal(["rest.priceMicroPerKwh"]);
    expect(audited({ attributes: 1n })).to.deep.equal(["rest.attributes"]);
    expect(audited({ period: 13n })).to.deep.equal(["rest.period"]);
    expect(audited({ side: "buy" })).to.deep.equal(["rest.side"]);
    expect(audited({ owner: BOB.owner })).to.deep.equal(["rest.owner"]);
  });
});
