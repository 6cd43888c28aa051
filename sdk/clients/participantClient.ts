import {
  encodeBytes32String,
  Signature,
  type Result,
  type TransactionReceipt,
  type TypedDataDomain,
} from "ethers";
import { signMandate, type Mandate } from "../mandates/mandate.ts";
import {
  currencyInterface,
  encodeCall,
  marketInterface,
  readView,
  registryInterface,
} from "./contractHandle.ts";
import type { Account, MarketReads } from "./marketReads.ts";
import type { SealedOrder, SealedSchedule } from "./orderSealer.ts";
import type { TransactionSender } from "./transactionSender.ts";

/** What a participant generates; mirrors `EnergyType` in `IRegistry`. */
export const ENERGY_TYPES = ["none", "solar", "wind", "hydro", "biomass", "controllable"] as const;
export type EnergyType = (typeof ENERGY_TYPES)[number];

/** Who a participant is; see `Profile` in `IRegistry`. */
export interface ParticipantProfile {
  /** 1 to 64 bytes of UTF-8. */
  displayName: string;
  energyType: EnergyType;
  greenPreference: boolean;
  /** At most 31 bytes each. */
  microgrid: string;
  location: string;
}

const PERMIT_TYPES = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

/** The EIP-712 domain of a token, from its `eip712Domain`. */
function pickDomain(view: Result): TypedDataDomain {
  const { name, version, chainId, verifyingContract } = view.toObject() as TypedDataDomain;
  return { name, version, chainId, verifyingContract } as TypedDataDomain;
}

/** Gas that is always enough for one sealed order: its event's bytes come on top. */
const SEAL_GAS = 250_000n;
const GAS_PER_BYTE = 64n;

/** A gas limit for submitting an order or a schedule with this ciphertext. */
export const sealGas = (sealedOpening: string) =>
  SEAL_GAS + GAS_PER_BYTE * BigInt(Math.ceil(sealedOpening.length / 2));

/** What a prosumer does in a market, with its own key. */
export class ParticipantClient {
  readonly reads: MarketReads;
  readonly sender: TransactionSender;
  #participant: number | undefined;

  constructor(reads: MarketReads, sender: TransactionSender) {
    this.reads = reads;
    this.sender = sender;
  }

  /** The account number; 0 before the operator has authorised it. */
  async participant(): Promise<number> {
    if (this.#participant !== undefined) return this.#participant;
    const participant = await this.reads.participantOf(this.sender.address);
    if (participant !== 0) this.#participant = participant;
    return participant;
  }

  /** Registers. The account opens when the operator authorises it, and trades once a meter is bound. */
  register(profile: ParticipantProfile): Promise<TransactionReceipt> {
    return this.sender.send(
      encodeCall(this.reads.addresses.registry, registryInterface, "register", [
        {
          ...profile,
          energyType: ENERGY_TYPES.indexOf(profile.energyType),
          microgrid: encodeBytes32String(profile.microgrid),
          location: encodeBytes32String(profile.location),
        },
      ]),
    );
  }

  /** Money and standing. */
  async account(): Promise<Account> {
    return this.reads.accountOf(await this.participant());
  }

  // ---------------------------------------------------------------- money

  /** Pays tokens in, in two transactions: an approval and the deposit. */
  async deposit(amountNano: bigint, participant?: number): Promise<TransactionReceipt> {
    const { market, token } = this.reads.addresses;
    await this.sender.send(encodeCall(token, currencyInterface, "approve", [market, amountNano]));
    return this.sender.send(
      encodeCall(market, marketInterface, "deposit", [
        participant ?? (await this.participant()),
        amountNano,
      ]),
    );
  }

  /**
   * Pays tokens in with one transaction and an EIP-2612 permit. For tokens of 9 decimals, whose unit is a nano.
   * @param deadline unix seconds until which the permit holds
   */
  async depositWithPermit(amountNano: bigint, deadline: number): Promise<TransactionReceipt> {
    const { market, token } = this.reads.addresses;
    const owner = this.sender.address;
    const { provider } = this.sender;
    const [[nonce], domain] = await Promise.all([
      readView(provider, token, currencyInterface, "nonces", [owner]),
      readView(provider, token, currencyInterface, "eip712Domain"),
    ]);
    const signature = Signature.from(
      await this.sender.signer.signTypedData(pickDomain(domain), PERMIT_TYPES, {
        owner,
        spender: market,
        value: amountNano,
        nonce: nonce as bigint,
        deadline,
      }),
    );
    const { v, r, s } = signature;
    return this.sender.send(
      encodeCall(market, marketInterface, "depositWithPermit", [
        await this.participant(),
        amountNano,
        deadline,
        v,
        r,
        s,
      ]),
    );
  }

  /** Pays free money out, to the owner unless another address is given. */
  withdraw(amountNano: bigint, to = this.sender.address): Promise<TransactionReceipt> {
    return this.sender.send(
      encodeCall(this.reads.addresses.market, marketInterface, "withdraw", [amountNano, to]),
    );
  }

  // ---------------------------------------------------------------- orders

  /** Submits a sealed order; see `sealOrder`. */
  submitOrder(period: number, sealed: SealedOrder): Promise<TransactionReceipt> {
    const { commitment, sealedOpening } = sealed;
    return this.sender.send(
      encodeCall(this.reads.addresses.market, marketInterface, "submitOrder", [
        period,
        commitment,
        sealedOpening,
      ]),
      { gasLimit: sealGas(sealedOpening) },
    );
  }

  /** Submits a sealed day; see `sealDay`. */
  submitSchedule({ schedule, sealedOpening }: SealedSchedule): Promise<TransactionReceipt> {
    const { day, root, periods } = schedule;
    return this.sender.send(
      encodeCall(this.reads.addresses.market, marketInterface, "submitSchedule", [
        day,
        root,
        periods,
        sealedOpening,
      ]),
      { gasLimit: sealGas(sealedOpening) },
    );
  }

  // ---------------------------------------------------------------- mandates

  /** Signs a mandate and sends it; anybody could send it with the signature. */
  async grantMandate(mandate: Omit<Mandate, "participant">): Promise<TransactionReceipt> {
    const { market } = this.reads.addresses;
    const full = { ...mandate, participant: await this.participant() };
    const [nonce] = await readView(this.sender.provider, market, marketInterface, "nonces", [
      this.sender.address,
    ]);
    const signature = await signMandate(
      this.sender.signer,
      this.reads.constants.typedDomain,
      full,
      nonce as bigint,
    );
    return this.sender.send(encodeCall(market, marketInterface, "grantMandate", [full, signature]));
  }

  /** Ends the agent's right at once. */
  revokeMandate(): Promise<TransactionReceipt> {
    return this.sender.send(
      encodeCall(this.reads.addresses.market, marketInterface, "revokeMandate", []),
    );
  }
}
