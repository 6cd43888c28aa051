import { expect } from "chai";
import type { Signer } from "ethers";
import { ContractRevertedError } from "../../../../../sdk/clients/revertError.ts";
import {
  burnerSender,
  BurnerWithoutGasError,
} from "../../../../../sdk/private/client/burnerSender.ts";
import { poolInterface } from "../../../../../sdk/private/chain/poolInterface.ts";
import {
  mayBeMined,
  OutcomeUnknownError,
  RejectedByWalletError,
  walletSender,
} from "../../../../../sdk/private/client/poolSender.ts";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import { deposit } from "../../../../helpers/privateVerbs.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const INSERT = poolInterface.encodeFunctionData("insertLeaves", [5]);

describe("senders of a private market's calls", () => {
  const scene = stagePool(async (fixture) => {
    await deposit(fixture);
    return {};
  });
  const call = () => ({ to: scene.poolAddress, data: INSERT });

  /** The stranger's wallet with other ways. */
  const wallet = (ways: Partial<Signer>) =>
    Object.assign(Object.create(scene.actors.stranger) as Signer, ways);

  describe("walletSender", () => {
    it("sends with a signer, and tells where it was mined", async () => {
      const { hash, blockNumber } = await walletSender(scene.actors.stranger).send(call());
      expect(blockNumber).to.equal(await scene.ethers.provider.getBlockNumber());
      const transaction = await scene.ethers.provider.getTransaction(hash);
      expect(transaction!.from).to.equal(scene.actors.stranger.address);
    });

    it("asks the wallet for nothing that would revert", async () => {
      let asked = 0;
      const sender = walletSender(
        wallet({ sendTransaction: () => Promise.reject(new Error(`asked ${++asked} times`)) }),
      );
      const data = poolInterface.encodeFunctionData("lapse", [7]);
      const error = await rejection(sender.send({ ...call(), data }));
      expect(error).to.be.instanceOf(ContractRevertedError);
      expect([asked, mayBeMined(error)]).to.deep.equal([0, false]);
    });

    it("tells what the user rejected from what may be mined", async () => {
      const failWith = (code: string) =>
        walletSender(
          wallet({
            sendTransaction: () => Promise.reject(Object.assign(new Error(code), { code })),
          }),
        );
      const rejected = await rejection(failWith("ACTION_REJECTED").send(call()));
      expect(rejected).to.be.instanceOf(RejectedByWalletError);
      expect(mayBeMined(rejected)).to.be.false;
      expect(mayBeMined(await rejection(failWith("INSUFFICIENT_FUNDS").send(call())))).to.be.false;
      expect(mayBeMined(await rejection(failWith("NETWORK_ERROR").send(call())))).to.be.true;
      expect(mayBeMined(await rejection(failWith("SERVER_ERROR").send(call())))).to.be.true;
    });

    it("knows no outcome where the receipt cannot be had, and a revert where it says so", async () => {
      const waitFor = (wait: () => Promise<never>) =>
        walletSender(
          wallet({ sendTransaction: () => Promise.resolve({ hash: "0xab", wait } as never) }),
        );
      const lost = await rejection(
        waitFor(() => Promise.reject(new Error("timeout"))).send(call()),
      );
      expect(lost).to.be.instanceOf(OutcomeUnknownError);
      const reverted = Object.assign(new Error("reverted"), { code: "CALL_EXCEPTION" });
      const error = await rejection(waitFor(() => Promise.reject(reverted)).send(call()));
      expect(error.message).to.include("0xab reverted");
      expect(mayBeMined(error)).to.be.false;
    });
  });

  describe("burnerSender", () => {
    it("sends each call from another address", async () => {
      const { provider } = scene.ethers;
      const froms: string[] = [];
      for (let i = 0; i < 2; i++) {
        const sender = burnerSender(provider, {
          fund: async (address) => void froms.push(address),
        });
        await deposit(scene);
        await scene.networkHelpers.setNextBlockBaseFeePerGas(0);
        const { hash } = await sender.send(call());
        expect((await provider.getTransaction(hash))!.from).to.equal(froms.at(-1));
      }
      expect(new Set(froms).size).to.equal(2);
    });

    it("says what it needs where gas has a price", async () => {
      await scene.networkHelpers.setNextBlockBaseFeePerGas(7);
      await scene.networkHelpers.mine();
      const error = await rejection(burnerSender(scene.ethers.provider).send(call()));
      expect(error).to.be.instanceOf(BurnerWithoutGasError);
      expect(error.message)
        .to.match(/Gas costs 7 wei/)
        .and.to.include("faucet");
    });
  });
});
