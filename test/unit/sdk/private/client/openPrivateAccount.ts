import { expect } from "chai";
import { OtherOwnerError } from "../../../../../sdk/private/accountError.ts";
import { openPrivateAccount } from "../../../../../sdk/private/client/openPrivateAccount.ts";
import { PrivateParticipant } from "../../../../../sdk/private/client/privateParticipant.ts";
import { PoolFollower } from "../../../../../sdk/private/chain/poolFollower.ts";
import { walletSender } from "../../../../../sdk/private/client/poolSender.ts";
import { NoteStore } from "../../../../../sdk/private/store/noteStore.ts";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import { StandInProver } from "../../../../helpers/privateTraders.ts";
import { rejection } from "../../../../helpers/rejection.ts";

describe("openPrivateAccount", () => {
  const scene = stagePool(async () => Promise.resolve({}));
  const open = (index?: bigint, signer = scene.actors.buyer) =>
    openPrivateAccount(scene.ethers.provider, signer, scene.poolId, index);

  async function joinWith(index: bigint): Promise<bigint> {
    const account = await open(index);
    const { provider } = scene.ethers;
    const sender = walletSender(scene.actors.buyer);
    const participant = new PrivateParticipant({
      account,
      provider,
      store: new NoteStore(scene.poolId, account),
      follower: new PoolFollower(provider, scene.poolAddress),
      prover: new StandInProver(),
      sender,
      wallet: { address: scene.actors.buyer.address, send: (call) => sender.send(call) },
    });
    await participant.join();
    return account.owner;
  }

  it("opens the same account each time, before and after it joined", async () => {
    const { owner } = await open();
    expect(await joinWith(0n)).to.equal(owner);
    expect((await open()).owner).to.equal(owner);
  });

  it("opens no other account of a wallet that has joined", async () => {
    await joinWith(1n);
    expect(await rejection(open(0n))).to.be.instanceOf(OtherOwnerError);
    expect((await open(1n)).owner).to.be.a("bigint");
  });

  it("has a new account signed twice, and one that is known once", async () => {
    let asked = 0;
    const wallet = scene.actors.buyer;
    const counting = Object.assign(Object.create(wallet) as typeof wallet, {
      signTypedData: (...args: Parameters<typeof wallet.signTypedData>) => {
        asked++;
        return wallet.signTypedData(...args);
      },
    });
    await open(0n, counting);
    expect(asked).to.equal(2);
    await joinWith(0n);
    await open(0n, counting);
    expect(asked).to.equal(3);
  });
});
