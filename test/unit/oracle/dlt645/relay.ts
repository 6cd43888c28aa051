import { inspect } from "node:util";
import { expect } from "chai";
import { Secret } from "../../../../oracle/config/secret.ts";
import { Dlt645Line } from "../../../../oracle/dlt645/dlt645Line.ts";
import { encodeFrame, type Dlt645Frame } from "../../../../oracle/dlt645/frame.ts";
import { doneReply, errorReply } from "../../../../oracle/dlt645/messages.ts";
import { relayRequest, RelayCredentialsError } from "../../../../oracle/dlt645/relay.ts";
import { MeterError } from "../../../../oracle/meters/meter.ts";
import type { Dlt645Profile } from "../../../../oracle/profiles/deviceProfile.ts";
import { loadDeviceProfile } from "../../../../oracle/profiles/loadDeviceProfile.ts";
import { Dlt645Peer, replyOf, type Answer, type Values } from "../../../helpers/dlt645Peer.ts";

const METER = "000000000161";
const RELAY = 0x1c;
const relay = { password: new Secret("02987654"), operatorCode: new Secret("12345678") };
/** What may stand nowhere: the password in both orders, as meant and as sent. */
const SECRETS = ["987654", "547698", "87a9cb", "87cba9", "12345678", "78563412", "ab896745"];
const profile = loadDeviceProfile("dlt645-2007") as Dlt645Profile;

/** Where the timeout is waited for; the meter's clock is asked before. */
const SHORT = { replyTimeoutMs: 100 };

/** 2018-12-31, a Monday, 23:58:30. */
const CLOCK = {
  "04000101": Buffer.from("01311218", "hex"),
  "04000102": Buffer.from("305823", "hex"),
};

describe("relayRequest", () => {
  it("has level, password, operator, command and deadline in 16 bytes", () => {
    const { control, data } = relayRequest(METER, "trip", relay, "190101000330");
    expect(control).to.equal(RELAY);
    expect(Buffer.from(data).toString("hex")).to.equal(
      ["02547698", "78563412", "1a00", "300300010119"].join(""),
    );
    const close = relayRequest(METER, "close", relay, "190101000330").data;
    expect([data[8], close[8]]).to.deep.equal([0x1a, 0x1c]);
    expect(relayRequest(METER, "permit", relay, "190101000330").data[8]).to.equal(0x1b);
  });
});

describe("a meter's switch", () => {
  let peer: Dlt645Peer;
  let line: Dlt645Line;

  /** @param onCommand what becomes of the relay's command */
  async function open(
    onCommand: Answer,
    { clock = CLOCK, replyTimeoutMs = 2_000 }: { clock?: Values; replyTimeoutMs?: number } = {},
  ) {
    peer = new Dlt645Peer((request, send, socket) => {
      if (request.control === RELAY) onCommand(request, send, socket);
      else send(replyOf(METER, clock, request)!);
    });
    const port = await peer.start();
    line = new Dlt645Line({ port, replyTimeoutMs, gapMs: 1, quietMs: 1 });
    return line.meter(profile, METER, { relay });
  }

  const obey: Answer = (_, send) => send(encodeFrame(doneReply(METER, RELAY)));

  function commands(): Dlt645Frame[] {
    return peer.requests.filter(({ control }) => control === RELAY);
  }

  async function failureOf(promise: Promise<void>): Promise<MeterError> {
    const error = await promise.catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(MeterError);
    return error as MeterError;
  }

  function expectNoSecret(value: unknown): void {
    const shown = inspect(value, { depth: 10, showHidden: true }) + JSON.stringify(value);
    for (const secret of SECRETS) expect(shown.toLowerCase()).not.to.include(secret);
  }

  afterEach(async () => {
    await line.close();
    await peer.stop();
  });

  it("trips and closes, each valid for five minutes by the meter's own clock, over New Year", async () => {
    const meter = await open(obey);
    await meter.switch!(false);
    await meter.switch!(true);
    expect(
      commands().map(({ data }) => Buffer.from(data.subarray(8)).toString("hex")),
    ).to.deep.equal(["1a00300300010119", "1c00300300010119"]);
  });

  it("fails where the meter refuses, with its reason and without secrets", async () => {
    const meter = await open((_, send) => send(encodeFrame(errorReply(METER, RELAY, 4))));
    const error = await failureOf(meter.switch!(false));
    expect(error.failure).to.equal("refused");
    expect(error.shortMessage).to.match(/refuses to trip its relay: wrong password/);
    expectNoSecret(error);
  });

  it("is not taken as done where the line only echoes the command", async () => {
    const meter = await open((request, send) => send(encodeFrame(request)), SHORT);
    const error = await failureOf(meter.switch!(false));
    expect(error.failure).to.equal("silent");
    expectNoSecret(error);
  });

  it("shows no secret of an echo that is damaged, or cut", async () => {
    for (const damage of [
      (echo: Buffer) => echo.fill(0x17, echo.length - 1),
      (echo: Buffer) => echo.subarray(0, -3),
      (echo: Buffer) => Buffer.concat([echo.subarray(0, 5), echo.subarray(6)]),
    ]) {
      const meter = await open((request, send) => send(damage(encodeFrame(request))), SHORT);
      const error = await failureOf(meter.switch!(false));
      expect(error.failure).to.equal("malformed");
      expect(error.hex).to.equal(undefined);
      expect(error.shortMessage).to.match(/000000000161 at 127\.0\.0\.1:\d+: what came is none\.$/);
      expectNoSecret(error);
      await line.close();
      await peer.stop();
    }
    await open(obey);
  });

  it("is not sent again by itself where no answer comes", async () => {
    const meter = await open(() => undefined, SHORT);
    expect((await failureOf(meter.switch!(true))).failure).to.equal("silent");
    expect(commands()).to.have.length(1);
  });

  it("is not sent where the meter's clock is not set", async () => {
    for (const date of ["00000000", "01300218", "01311318", "ffffffff"]) {
      const meter = await open(obey, {
        clock: { ...CLOCK, "04000101": Buffer.from(date, "hex") },
      });
      const error = await failureOf(meter.switch!(false));
      expect(error.failure).to.equal("absent");
      expect(commands(), date).to.have.length(0);
      await line.close();
      await peer.stop();
    }
    await open(obey);
  });

  it("takes credentials of eight digits alone, and shows none", async () => {
    const meter = await open(obey);
    expectNoSecret(meter);
    for (const wrong of [
      { ...relay, password: new Secret("98765x") },
      { ...relay, operatorCode: new Secret("987654321") },
    ])
      try {
        line.meter(profile, METER, { relay: wrong });
        expect.fail("They were taken.");
      } catch (error) {
        expect(error).to.be.instanceOf(RelayCredentialsError);
        expectNoSecret(error);
      }
  });
});
