import { BASE_POINT, multiplyPoint } from "../../../sdk/private/babyJubjub.ts";
import { CIRCUIT_IDS, type CircuitName } from "../../../sdk/private/context.ts";
import { signMessage } from "../../../sdk/private/eddsa.ts";
import type { PrivateAccount } from "../../../sdk/private/keys.ts";
import { memoKey, memoStream } from "../../../sdk/private/memoCode.ts";
import { hash } from "../../../sdk/private/poseidon.ts";
import { TAGS } from "../../../sdk/private/tags.ts";
import { modulo } from "./constraints.ts";
import type { Inputs } from "./testCircuit.ts";

/** What a forger computes of a circuit's inputs: the same as the circuit, and no checks. */
class Forgery {
  readonly #account: PrivateAccount;
  readonly #inputs: Inputs;

  constructor(account: PrivateAccount, inputs: Inputs) {
    this.#account = account;
    this.#inputs = inputs;
  }

  at(name: string, index?: number): bigint {
    const value = this.#inputs[name];
    return modulo((index === undefined ? value : (value as readonly bigint[])[index]) as bigint);
  }

  #salt(ephemeral: bigint, index: number, memoWords: number): bigint {
    const point = multiplyPoint(BASE_POINT, ephemeral)[1];
    const shared = multiplyPoint(this.#account.viewKey, ephemeral)[1];
    return memoStream(memoKey(shared, point), index, memoWords).salt;
  }

  credit(amountNano: bigint, ephemeral: bigint, { index = 0, memoWords = 4 } = {}): bigint {
    const salt = this.#salt(ephemeral, index, memoWords);
    return hash(TAGS.credit, this.#account.owner, modulo(amountNano), salt);
  }

  generation(energyWh: bigint, ephemeral: bigint, index: number): bigint {
    const salt = this.#salt(ephemeral, index, 5);
    const terms = [this.at("gateway"), this.at("period"), modulo(energyWh)];
    return hash(TAGS.generation, this.#account.owner, ...terms, salt);
  }

  plan(side: bigint, energyWh: bigint, attributes: bigint, ephemeral: bigint): bigint {
    const salt = this.#salt(ephemeral, 0, 5);
    const terms = [side, this.at("period"), modulo(energyWh), this.at("price"), attributes];
    return hash(TAGS.plan, this.#account.owner, ...terms, salt);
  }

  nullifier(index = this.at("noteIndex")): bigint {
    return hash(TAGS.nullifier, this.at("scope"), this.#account.nullifierKey, index);
  }
}

interface Signed {
  subject: bigint;
  outcome: bigint;
}

const outcome = (first: bigint, second: bigint): bigint => hash(TAGS.outputs, first, second);

const confirmed =
  (side: bigint, plan: string) =>
  (f: Forgery): Signed => {
    const energyWh = f.at("energyWh") - f.at("matchEnergyWh");
    const rest = f.plan(side, energyWh, f.at("attributes"), f.at("ephemeral"));
    return { subject: f.at(plan), outcome: outcome(rest, f.at("match")) };
  };

/** What is signed for each circuit that asks for a signature. `amount` is what a settlement or refund is to pay. */
const SIGNED: Record<string, (forgery: Forgery, amount: bigint) => Signed> = {
  Withdraw: (f) => ({
    subject: f.nullifier(),
    outcome: f.credit(f.at("noteAmountNano") - f.at("amountNano"), f.at("ephemeral")),
  }),
  Merge: (f) => ({
    subject: hash(
      TAGS.nullifiers,
      f.nullifier(f.at("noteIndex", 0)),
      f.nullifier(f.at("noteIndex", 1)),
    ),
    outcome: f.credit(f.at("noteAmountNano", 0) + f.at("noteAmountNano", 1), f.at("ephemeral")),
  }),
  SellPlan: (f) => {
    const attributes = hash(TAGS.attributes, f.at("gateway"), f.at("features"));
    const plan = f.plan(1n, f.at("energyWh"), attributes, f.at("ephemeral", 0));
    const restWh = f.at("noteEnergyWh") - f.at("energyWh");
    const rest = f.generation(restWh, f.at("ephemeral", 1), 1);
    return { subject: f.nullifier(), outcome: outcome(plan, rest) };
  },
  BuyPlan: (f) => {
    const attributes = hash(TAGS.attributes, 0n, f.at("features"));
    const plan = f.plan(0n, f.at("energyWh"), attributes, f.at("ephemeral", 0));
    const lock = f.at("energyWh") * f.at("price") + f.at("bondNano");
    const change = f.credit(f.at("noteAmountNano") - lock, f.at("ephemeral", 1), { index: 1 });
    return { subject: f.nullifier(), outcome: outcome(plan, change) };
  },
  ConfirmSell: confirmed(1n, "sellPlan"),
  ConfirmBuy: confirmed(0n, "buyPlan"),
  SettleSell: (f, amount) => ({
    subject: f.at("plan"),
    outcome: outcome(f.credit(amount, f.at("ephemeral")), f.at("match")),
  }),
  SettleBuy: (f, amount) => ({
    subject: f.at("plan"),
    outcome: outcome(f.credit(amount, f.at("ephemeral")), f.at("match")),
  }),
  Refund: (f, amount) => ({
    subject: f.at("plan"),
    outcome: ((credit, generation) => modulo(credit + f.at("side") * (generation - credit)))(
      f.credit(amount, f.at("ephemeral"), { memoWords: 5 }),
      f.generation(amount, f.at("ephemeral"), 0),
    ),
  }),
};

/**
 * Inputs with some values changed and signed anew, by who owns the keys: the signature is no reason to refuse them.
 * @param amount what the circuit will pay, for settlements and refunds
 */
export function forge(
  circuit: CircuitName,
  account: PrivateAccount,
  inputs: Inputs,
  changes: Inputs,
  amount = 0n,
): Inputs {
  const changed = { ...inputs, ...changes };
  const forgery = new Forgery(account, changed);
  const { subject, outcome } = SIGNED[circuit]!(forgery, amount);
  const context = forgery.at("context");
  const message = hash(TAGS.authorise, CIRCUIT_IDS[circuit], subject, outcome, context);
  const { r, s } = signMessage(account, message);
  return { ...changed, signatureR: r, signatureS: s };
}
