import { expect } from "chai";
import { Signature, TypedDataEncoder, Wallet } from "ethers";
import {
  MAX_COMMAND_LIFETIME_S,
  OPERATOR_COMMAND_TYPES,
  randomNonce,
  signOperatorCommand,
  type OperatorCommand,
  type SignedOperatorCommand,
} from "../../../../sdk/gateway/operatorCommand.ts";
import {
  CommandExpiredError,
  CommandTooFarAheadError,
  ForeignSignerError,
  MalformedCommandError,
  MalleableSignatureError,
  OperatorCommandError,
  OtherGatewayError,
  OtherMarketError,
} from "../../../../sdk/gateway/operatorCommandError.ts";
import { verifyOperatorCommand } from "../../../../sdk/gateway/verifyOperatorCommand.ts";
import { MANDATE_TYPES } from "../../../../sdk/mandates/mandate.ts";
import { marketDomain, READING_TYPES } from "../../../../sdk/readings/reading.ts";

const MARKET = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const GATEWAY = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const NOW_S = 1_800_000_000;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const operator = new Wallet(`0x${"11".repeat(32)}`);
const stranger = new Wallet(`0x${"22".repeat(32)}`);
const domain = marketDomain(31337n, MARKET);

const target = { gateway: GATEWAY, nonce: `0x${"ab".repeat(32)}`, expiry: NOW_S + 600 };
const release: OperatorCommand = {
  kind: "release",
  quarantineId: 7,
  resolution: "as-read",
  ...target,
};
const reject: OperatorCommand = { kind: "reject", quarantineId: 7, ...target };
const switchOff: OperatorCommand = { kind: "switch", participant: 3, on: false, ...target };

const sign = (command: OperatorCommand, signer = operator) =>
  signOperatorCommand(signer, domain, command);
const verify = (signed: unknown, options = {}) =>
  verifyOperatorCommand(domain, signed, {
    operators: [operator.address],
    gateway: GATEWAY,
    nowS: NOW_S,
    ...options,
  });

/** What a sender does who changes a signed command on its way. */
const altered = (signed: SignedOperatorCommand, change: object): unknown => ({
  ...signed,
  command: { ...signed.command, ...change },
});

describe("operator commands", () => {
  for (const command of [release, reject, switchOff]) {
    it(`takes a ${command.kind} command that an operator signed, also after JSON`, async () => {
      const signed = await sign(command);
      const verified = verify(JSON.parse(JSON.stringify(signed)));
      expect(verified.command).to.deep.equal(command);
      expect(verified.operator).to.equal(operator.address);
      expect(verified.hash).to.match(/^0x[0-9a-f]{64}$/);
    });
  }

  it("takes operators and gateways in any case", async () => {
    const signed = await sign({ ...release, gateway: GATEWAY.toLowerCase() });
    expect(
      verify(signed, {
        operators: [stranger.address, operator.address.toLowerCase()],
        gateway: GATEWAY.toLowerCase(),
      }).command.gateway,
    ).to.equal(GATEWAY);
  });

  it("draws a new nonce each time", () => {
    const nonces = new Set(Array.from({ length: 100 }, randomNonce));
    expect(nonces.size).to.equal(100);
    for (const nonce of nonces) expect(nonce).to.match(/^0x[0-9a-f]{64}$/);
  });

  it("shares no EIP-712 type with what the market takes", () => {
    const names = Object.values(OPERATOR_COMMAND_TYPES).flatMap((types) => Object.keys(types));
    expect(new Set(names).size).to.equal(3);
    for (const name of Object.keys({ ...READING_TYPES, ...MANDATE_TYPES })) {
      expect(names).not.to.include(name);
    }
    expect(TypedDataEncoder.from(OPERATOR_COMMAND_TYPES.release).encodeType("Release")).to.equal(
      "Release(address gateway,uint48 quarantineId,string resolution,uint256 nonce,uint40 expiry)",
    );
  });

  describe("refuses", () => {
    it("a signer that is no operator, and every signer where there are none", async () => {
      const foreign = await sign(release, stranger);
      expect(() => verify(foreign)).to.throw(ForeignSignerError, stranger.address);
      const signed = await sign(release);
      expect(() => verify(signed, { operators: [] })).to.throw(ForeignSignerError);
    });

    it("a command that was changed after signing, in any field", async () => {
      const changes: [OperatorCommand, object][] = [
        [release, { quarantineId: 8 }],
        [release, { resolution: "wrap-around" }],
        [release, { nonce: randomNonce() }],
        [release, { expiry: NOW_S + 601 }],
        [switchOff, { on: true }],
        [switchOff, { participant: 4 }],
      ];
      for (const [command, change] of changes) {
        const signed = altered(await sign(command), change);
        expect(() => verify(signed), JSON.stringify(change)).to.throw(ForeignSignerError);
      }
    });

    it("a reject command made of a release command's signature", async () => {
      const { signature, ...signed } = await sign(release);
      expect(() => verify({ ...signed, command: reject, signature })).to.throw(ForeignSignerError);
    });

    it("a command to another gateway, also where its address was changed to this one's", async () => {
      const other = { ...release, gateway: stranger.address };
      const signed = await sign(other);
      expect(() => verify(signed)).to.throw(OtherGatewayError, stranger.address);
      expect(() => verify(altered(signed, { gateway: GATEWAY }))).to.throw(ForeignSignerError);
    });

    it("a command of another market or chain, also where it claims this one", async () => {
      for (const other of [marketDomain(31337n, GATEWAY), marketDomain(1n, MARKET)]) {
        const signed = await signOperatorCommand(operator, other, release);
        expect(() => verify(signed)).to.throw(OtherMarketError);
        const claiming = { ...signed, market: MARKET, chainId: "31337" };
        expect(() => verify(claiming)).to.throw(ForeignSignerError);
      }
    });

    it("a command after its expiry, not at it", async () => {
      const signed = await sign({ ...release, expiry: NOW_S });
      expect(verify(signed).command.expiry).to.equal(NOW_S);
      expect(() => verify(signed, { nowS: NOW_S + 0.001 })).to.throw(
        CommandExpiredError,
        "The command expired at 2027-01-15T08:00:00.000Z",
      );
    });

    it("a command that expires too late, not at the last allowed second", async () => {
      const latest = NOW_S + MAX_COMMAND_LIFETIME_S;
      expect(verify(await sign({ ...release, expiry: latest }))).to.be.an("object");
      for (const expiry of [latest + 1, 2 ** 40 - 1]) {
        const signed = await sign({ ...release, expiry });
        expect(() => verify(signed)).to.throw(CommandTooFarAheadError);
      }
    });

    it("the twin of a signature with the upper s", async () => {
      const signed = await sign(release);
      const { r, s, v } = Signature.from(signed.signature);
      const twin = (ORDER - BigInt(s)).toString(16).padStart(64, "0");
      const signature = `${r}${twin}${v === 27 ? "1c" : "1b"}`;
      expect(() => verify({ ...signed, signature })).to.throw(MalleableSignatureError);
    });

    it("other forms of the same signature", async () => {
      const signed = await sign(release);
      const { compactSerialized, r, s, yParity } = Signature.from(signed.signature);
      const eip155 = `${r}${s.slice(2)}${(31337 * 2 + 35).toString(16)}`;
      for (const signature of [compactSerialized, `${r}${s.slice(2)}0${yParity}`, eip155]) {
        expect(() => verify({ ...signed, signature }), signature).to.throw(MalformedCommandError);
      }
    });

    it("a signature that is none", async () => {
      const signed = await sign(release);
      const zero = "00".repeat(32);
      const one = `${"00".repeat(31)}01`;
      const notOnCurve = `${"00".repeat(31)}05`;
      for (const rs of [
        zero + zero,
        zero + one,
        one + zero,
        "ff".repeat(32) + one,
        notOnCurve + one,
      ]) {
        expect(() => verify({ ...signed, signature: `0x${rs}1b` }), rs).to.throw(
          OperatorCommandError,
        );
      }
    });

    const malformed: [string, (signed: SignedOperatorCommand) => unknown, string][] = [
      ["nothing", () => undefined, "content is missing"],
      ["null", () => null, "content is null"],
      ["a list", (signed) => [signed], "content is ["],
      ["an unknown field", (signed) => ({ ...signed, note: 1 }), "unknown field note is 1"],
      [
        "an unknown field in the command",
        (signed) => altered(signed, { on: true }),
        "field on is true",
      ],
      ["no command", (signed) => ({ ...signed, command: undefined }), "command is missing"],
      ["an unknown kind", (signed) => altered(signed, { kind: "relase" }), "Did you mean release?"],
      ["a kind of Object", (signed) => altered(signed, { kind: "constructor" }), "kind is"],
      ["an unknown resolution", (signed) => altered(signed, { resolution: "" }), "resolution is"],
      ["no gateway", (signed) => altered(signed, { gateway: undefined }), "gateway is missing"],
      [
        "a gateway with a wrong checksum",
        (signed) => altered(signed, { gateway: GATEWAY.replace("C", "c") }),
        "gateway is",
      ],
      ["a market without 0x", (signed) => ({ ...signed, market: MARKET.slice(2) }), "market is"],
      ["a chain id as number", (signed) => ({ ...signed, chainId: 31337 }), "chainId is 31337"],
      ["a chain id as hex", (signed) => ({ ...signed, chainId: "0x7a69" }), "chainId is"],
      ["a short nonce", (signed) => altered(signed, { nonce: "0x01" }), "nonce is"],
      [
        "a second form of the nonce",
        (signed) => altered(signed, { nonce: `0x${"AB".repeat(32)}` }),
        "nonce is",
      ],
      ["a fraction", (signed) => altered(signed, { quarantineId: 7.5 }), "quarantineId is 7.5"],
      ["a number as text", (signed) => altered(signed, { quarantineId: "7" }), "quarantineId is"],
      [
        "a negative number",
        (signed) => altered(signed, { quarantineId: -1 }),
        "quarantineId is -1",
      ],
      ["a number beyond its type", (signed) => altered(signed, { expiry: 2 ** 40 }), "expiry is"],
      ["a short signature", (signed) => ({ ...signed, signature: "0x" }), "signature is"],
    ];
    for (const [title, change, message] of malformed) {
      it(title, async () => {
        const signed = change(await sign(release));
        expect(() => verify(signed)).to.throw(MalformedCommandError, message);
      });
    }

    it("a switch command whose state is no boolean", async () => {
      const signed = await sign(switchOff);
      expect(() => verify(altered(signed, { on: "false" }))).to.throw(MalformedCommandError);
    });
  });
});
