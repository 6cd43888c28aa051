import { expect } from "chai";
import type { ProofPoints, ProveProgress } from "../../../../../sdk/private/prover/prover.ts";
import { ProverError } from "../../../../../sdk/private/prover/proverError.ts";
import {
  RemoteProver,
  type RemoteNews,
  type RemoteTask,
} from "../../../../../sdk/private/prover/remoteProver.ts";
import { rejection } from "../../../../helpers/rejection.ts";
import { bought, sold } from "../proofs/proofScene.ts";

const POINTS: ProofPoints = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n];

/** A prover whose workers do nothing by themselves. */
function handProver() {
  const workers: {
    tasks: RemoteTask<string>[];
    hasEnded: boolean;
    say(news: RemoteNews): void;
    die(details: string): void;
  }[] = [];
  const prover = new RemoteProver<string>(
    (say, die) => {
      const worker = { tasks: [] as RemoteTask<string>[], hasEnded: false, say, die };
      workers.push(worker);
      return {
        post: (task) => void worker.tasks.push(task),
        end: () => void (worker.hasEnded = true),
      };
    },
    (circuit) => Promise.resolve(`keys of ${circuit}`),
  );
  const computed = (signals: readonly bigint[]) => ({
    computed: { points: POINTS, signals: [...signals] },
  });
  return { prover, workers, computed };
}

/** Lets all run that can. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("RemoteProver", () => {
  it("gives one task at a time to one worker", async () => {
    const { prover, workers, computed } = handProver();
    const first = prover.prove(sold);
    const second = prover.prove(bought);
    await settle();
    expect(workers).to.have.length(1);
    const [worker] = workers;
    expect(worker!.tasks).to.deep.equal([
      {
        circuit: "SellPlan",
        inputs: sold.inputs,
        publicSignals: sold.publicSignals,
        keys: "keys of SellPlan",
      },
    ]);
    worker!.say(computed(sold.publicSignals));
    expect(await first).to.deep.equal({
      points: POINTS,
      signals: sold.publicSignals,
      request: sold,
    });
    await settle();
    expect(worker!.tasks.map(({ circuit }) => circuit)).to.deep.equal(["SellPlan", "BuyPlan"]);
    worker!.say(computed(bought.publicSignals));
    expect((await second).request).to.equal(bought);
  });

  it("tells progress, and proves on after a failure", async () => {
    const { prover, workers, computed } = handProver();
    const seen: ProveProgress[] = [];
    const failing = rejection(
      prover.prove(sold, { onProgress: (progress) => seen.push(progress) }),
    );
    await settle();
    workers[0]!.say({ progress: { stage: "prove", fraction: 0.5 } });
    workers[0]!.say({ failed: { fault: "inputs", fact: "No.", options: { details: "line 3" } } });
    expect(await failing).to.be.instanceOf(ProverError);
    expect(await failing).to.include({ fault: "inputs", message: "No.\nDetails: line 3" });
    expect(seen).to.deep.equal([
      { stage: "load", fraction: 0 },
      { stage: "prove", fraction: 0.5 },
    ]);
    const next = prover.prove(bought);
    await settle();
    workers[0]!.say(computed(bought.publicSignals));
    expect((await next).signals).to.deep.equal(bought.publicSignals);
  });

  it("ends the worker of a cancelled proof, and takes nothing that it still says", async () => {
    const { prover, workers, computed } = handProver();
    const control = new AbortController();
    const cancelled = rejection(prover.prove(sold, { signal: control.signal }));
    const waiting = prover.prove(bought);
    await settle();
    control.abort();
    expect(await cancelled).to.include({ fault: "cancelled" });
    expect(workers[0]!.hasEnded).to.be.true;
    await settle();
    expect(workers).to.have.length(2);
    workers[0]!.say(computed(sold.publicSignals));
    workers[0]!.die("killed");
    workers[1]!.say(computed(bought.publicSignals));
    expect((await waiting).request).to.equal(bought);
  });

  it("does not begin what was cancelled while it waited", async () => {
    const { prover, workers, computed } = handProver();
    const control = new AbortController();
    const first = prover.prove(sold);
    const cancelled = rejection(prover.prove(bought, { signal: control.signal }));
    await settle();
    control.abort();
    workers[0]!.say(computed(sold.publicSignals));
    await first;
    expect(await cancelled).to.include({ fault: "cancelled" });
    expect(workers[0]!.hasEnded).to.be.false;
    expect(workers[0]!.tasks).to.have.length(1);
  });

  it("says that a worker died, and starts another for the next proof", async () => {
    const { prover, workers, computed } = handProver();
    const lost = rejection(prover.prove(sold));
    await settle();
    workers[0]!.die("SIGKILL");
    expect(await lost).to.include({ fault: "ended", details: "SIGKILL" });
    const next = prover.prove(bought);
    await settle();
    workers[1]!.say(computed(bought.publicSignals));
    await next;
  });

  it("fails what waits when it is closed, and can be used again", async () => {
    const { prover, workers, computed } = handProver();
    const running = rejection(prover.prove(sold));
    const waiting = rejection(prover.prove(bought));
    await settle();
    await prover.close();
    expect(await running).to.include({ fault: "cancelled" });
    expect(await waiting).to.include({ fault: "cancelled" });
    expect(workers[0]!.hasEnded).to.be.true;
    const next = prover.prove(bought);
    await settle();
    workers[1]!.say(computed(bought.publicSignals));
    await next;
  });
});
