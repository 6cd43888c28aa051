import { PassThrough } from "node:stream";
import { expect } from "chai";
import { Secret } from "../../../../oracle/config/secret.ts";
import { Log, writeLinesTo, type LogOptions } from "../../../../oracle/operations/log.ts";
import { textLine } from "../../../../oracle/operations/logLine.ts";
import { BaseError } from "../../../../sdk/errors.ts";

describe("Log", () => {
  let lines: string[] = [];
  let nowMs = 0;
  const newLog = (options: Partial<LogOptions> = {}) =>
    new Log({ write: (line) => lines.push(line), nowMs: () => nowMs, ...options });
  const said = (index = -1) => JSON.parse(lines.at(index)!) as Record<string, unknown>;

  beforeEach(() => {
    lines = [];
    nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
  });

  it("says time, level, message and fields as one JSON object", () => {
    newLog().warn("The meter is silent.", { participant: 3, where: "10.0.0.7:502 unit 1" });
    expect(lines[0]).to.equal(
      '{"time":"2026-01-02T03:04:05.006Z","level":"warn","message":"The meter is silent.",' +
        '"participant":3,"where":"10.0.0.7:502 unit 1"}',
    );
  });

  it("leaves out levels below its own", () => {
    const log = newLog({ level: "warn" });
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
    expect(lines.map((_, index) => said(index).message)).to.deep.equal(["c", "d"]);
  });

  it("keeps to one line whatever a message or field holds", () => {
    const message = "a\nb\r\u0085\u2028\u2029c";
    newLog().info(message, { text: message });
    expect(lines[0]).not.to.match(/[\n\r]/);
    newLog({ format: textLine }).info(message, { text: message });
    expect(lines[1]).not.to.match(/[\n\r\u0085\u2028\u2029]/);
  });

  it("holds what JSON does not", () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    newLog().info("a", { wh: 2n ** 60n, not: NaN, far: -Infinity, none: undefined });
    expect(said()).to.include({ wh: "1152921504606846976", not: "NaN", far: "-Infinity" });
    newLog().info("b", { circle });
    expect(said().fields).to.match(/Circular/);
    const thrower = {
      get value(): string {
        throw new Error("no");
      },
    };
    newLog().info("c", { thrower });
    expect(said().message).to.equal("c");
  });

  it("shortens texts of any length", () => {
    newLog().info("m".repeat(1e6), { hex: "f".repeat(1e6) });
    expect(lines[0]!.length).to.be.below(5000);
  });

  it("says what to do about an error, and where a defect is", () => {
    const error = new BaseError("It broke.", { metaMessages: ["Mend it."], details: "EIO" });
    newLog().error("a", { error });
    expect(said().error).to.deep.equal({
      name: "BaseError",
      message: "It broke.",
      details: "EIO",
      remedy: ["Mend it."],
    });
    newLog().error("b", { error: new TypeError("undefined is no function", { cause: error }) });
    expect(said().error).to.include({ name: "TypeError", message: "undefined is no function" });
    expect((said().error as { stack: string }).stack).to.include("operations/log.ts");
    expect((said().error as { cause: object }).cause).to.include({ message: "It broke." });
  });

  it("shows no secret, neither a field nor in what others wrote", () => {
    const url = new Secret("https://user:pa%20ss-word@rpc.example/v1/t0ken", "https://rpc.example");
    const password = new Secret('quo"te\\d');
    for (const format of [undefined, textLine]) {
      const log = newLog({ secrets: [url, password], ...(format && { format }) });
      log.error(`POST ${url.reveal()} failed with ${password.reveal()}`, {
        url,
        text: `connect ${url.reveal()}`,
        error: new Error(`no answer of /v1/t0ken, login "pa ss-word" or ${password.reveal()}`),
        deep: [{ list: [url.reveal()] }],
      });
      expect(lines.at(-1)).to.include("https://rpc.example");
      expect(lines.at(-1)).not.to.match(/t0ken|ss-word|quo/);
    }
  });

  it("shows a plain text form for terminals, which nothing controls", () => {
    const log = newLog({ format: textLine });
    log.warn("No answer.", { where: "10.0.0.7:502 unit 1", participant: 3, state: "up" });
    expect(lines[0]).to.equal(
      '2026-01-02 03:04:05.006Z WARN  No answer.  where="10.0.0.7:502 unit 1"  participant=3  state=up',
    );
    log.info("\u001b[2J\u009b2J\u202e", { serial: "\u001b]0;x\u0007" });
    // eslint-disable-next-line no-control-regex
    expect(lines[1]).not.to.match(/[\u0000-\u001f\u0080-\u009f\u202e]/);
  });

  describe("repeats", () => {
    it("says the first, then one every so often with the number left out", () => {
      const log = newLog({ repeatEveryS: 60 });
      for (let second = 0; second <= 120; second++) {
        log.warn("No answer.", { participant: 3 });
        nowMs += 1000;
      }
      expect(lines.map((_, index) => said(index).repeats)).to.deep.equal([undefined, 59, 59]);
    });

    it("does not mix messages, levels and fields", () => {
      const log = newLog();
      for (const participant of [1, 2, 1, 2]) log.warn("No answer.", { participant });
      log.error("No answer.", { participant: 1 });
      log.warn("Malformed.", { participant: 1 });
      expect(lines).to.have.length(4);
    });

    it("takes messages of one key for repeats, and says them again after their end", () => {
      const log = newLog();
      const topic = { repeatKey: "meter 3 fails" };
      for (let tries = 1; tries <= 5; tries++) log.warn("No answer.", { tries }, topic);
      expect(lines).to.have.length(1);
      expect(log.endRepeats("meter 3 fails")).to.equal(4);
      expect(log.endRepeats("meter 3 fails")).to.equal(0);
      log.warn("No answer.", { tries: 1 }, topic);
      expect(lines).to.have.length(2);
    });

    it("goes on where the clock was set back", () => {
      const log = newLog({ repeatEveryS: 60 });
      log.warn("No answer.");
      nowMs -= 3_600_000;
      log.warn("No answer.");
      expect(lines).to.have.length(2);
    });

    it("forgets the oldest of very many", () => {
      const log = newLog();
      for (let index = 0; index <= 10_000; index++) log.warn("No answer.", { index });
      log.warn("No answer.", { index: 10_000 });
      expect(lines).to.have.length(10_001);
      log.warn("No answer.", { index: 0 });
      expect(lines).to.have.length(10_002);
    });
  });

  it("outlives the stream that it writes to", () => {
    const stream = new PassThrough();
    const write = writeLinesTo(stream);
    write("a");
    expect(String(stream.read())).to.equal("a\n");
    stream.destroy(new Error("EPIPE"));
    write("b");
  });
});
