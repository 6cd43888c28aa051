import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import hre from "hardhat";

export type TaskOptions = Record<string, string | boolean>;

interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Indices of the network's accounts, as `--from` takes them; the first deploys. */
export const ADMIN = "1";
export const OPERATOR = "2";
export const REGULATOR = "3";
export const TREASURER = "4";
export const GRID = "5";
export const SELLER = "6";
export const BUYER = "7";
export const GATEWAY = "8";
export const AGENT = "9";

export const PERIOD_LENGTH = 900;

const readExitCode = () => Number(process.exitCode ?? 0);

/** Runs a task as the command line does, on the embedded chain that all tasks of this process share. */
export async function runTask(name: string, options: TaskOptions = {}): Promise<Outcome> {
  const outcome: Outcome = { exitCode: 0, stdout: "", stderr: "" };
  const capture = (stream: NodeJS.WriteStream, key: "stdout" | "stderr") => {
    const write = stream.write.bind(stream);
    stream.write = (text: string | Uint8Array) => Boolean((outcome[key] += String(text)));
    return () => (stream.write = write);
  };
  const restore = [capture(process.stdout, "stdout"), capture(process.stderr, "stderr")];
  const exitCode = process.exitCode;
  process.exitCode = undefined;
  try {
    await hre.tasks.getTask(name).run(options);
    outcome.exitCode = readExitCode();
  } finally {
    for (const undo of restore) undo();
    process.exitCode = exitCode;
  }
  return outcome;
}

/** A directory for a market's files, and tasks that know its address book. */
export class TaskMarket {
  readonly directory = mkdtempSync(path.join(tmpdir(), "sealwatt-"));
  readonly deployment = this.file("deployment.json");
  readonly accounts: readonly string[];
  genesis = 0;

  private constructor(accounts: readonly string[]) {
    this.accounts = accounts;
  }

  static async prepare(): Promise<TaskMarket> {
    const { ethers } = await hre.network.getOrCreate();
    return new TaskMarket((await ethers.getSigners()).map(({ address }) => address));
  }

  file(name: string): string {
    return path.join(this.directory, name);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }

  /** The address of an account by its index. */
  account(from: string): string {
    return this.accounts[Number(from)]!;
  }

  /** A task that must succeed, with its JSON. */
  async done(name: string, options: TaskOptions = {}): Promise<Record<string, unknown>> {
    const outcome = await runTask(name, { deployment: this.deployment, json: true, ...options });
    expect(outcome.stderr, name).to.equal("");
    expect(outcome.exitCode, name).to.equal(0);
    return JSON.parse(outcome.stdout) as Record<string, unknown>;
  }

  /** A task that must fail with exit code 2 and one line. */
  async refused(name: string, options: TaskOptions, line: RegExp | string): Promise<void> {
    const outcome = await runTask(name, { deployment: this.deployment, ...options });
    expect(outcome.stdout).to.equal("");
    expect(outcome.exitCode).to.equal(2);
    expect(outcome.stderr.split("\n")).to.have.length(2);
    if (typeof line === "string") expect(outcome.stderr).to.equal(`${line}\n`);
    else expect(outcome.stderr).to.match(line);
  }

  /** Deploys early in a quarter-hour, so that the next one does not begin in the middle of a test. */
  async deploy(options: TaskOptions = {}): Promise<Record<string, unknown>> {
    const { networkHelpers } = await hre.network.getOrCreate();
    const { time } = networkHelpers;
    const quarter = Math.floor((await time.latest()) / PERIOD_LENGTH) + 1;
    await time.increaseTo(quarter * PERIOD_LENGTH);
    const book = await this.done("market:deploy", options);
    this.genesis = book.genesis as number;
    return book;
  }

  /** Seconds after the beginning of a period. */
  async goTo(period: number, offset: number): Promise<void> {
    const { networkHelpers } = await hre.network.getOrCreate();
    await networkHelpers.time.increaseTo(this.genesis + period * PERIOD_LENGTH + offset);
  }

  /**
   * Registers, authorises, meters and funds a participant.
   * @param from the account's index
   * @returns its number
   */
  async admit(from: string, energyType: string, depositUnits?: string): Promise<string> {
    const owner = this.account(from);
    await this.done("market:register", {
      from,
      displayName: `Account ${from}`,
      energyType,
      greenPreference: true,
    });
    const authorised = await this.done("market:authorise", { from: OPERATOR, owner });
    const participant = String(authorised.participant);
    await this.done("market:bind-meter", {
      from: OPERATOR,
      participant,
      serial: `meter-${from}`,
      gateway: this.account(GATEWAY),
      ratedPowerW: "20000",
    });
    if (depositUnits !== undefined) {
      await this.done("market:mint", { from: TREASURER, to: owner, amount: "100" });
      await this.done("market:deposit", { from, amount: depositUnits });
    }
    return participant;
  }
}
