import { expect } from "chai";
import { Secret } from "../../../../oracle/config/secret.ts";
import { redactor } from "../../../../oracle/operations/redact.ts";

describe("redactor", () => {
  it("takes out a URL as given and as libraries write it again", () => {
    const redact = redactor([
      new Secret("HTTPS://rpc.example:443?key=t0ken", "https://rpc.example"),
    ]);
    expect(redact("POST https://rpc.example/?key=t0ken failed")).to.equal(
      "POST https://rpc.example failed",
    );
    expect(redact("GET /?key=t0ken")).not.to.include("t0ken");
  });

  it("takes out a password by itself, decoded too", () => {
    const redact = redactor([new Secret("mqtt://sealwatt:pass%3Aword@broker", "mqtt://broker")]);
    expect(redact("login pass:word or pass%3Aword")).to.equal(
      "login mqtt://broker or mqtt://broker",
    );
  });

  it("leaves a login's name beside a password, and takes a name alone for a token", () => {
    expect(redactor([new Secret("mqtt://sealwatt:password@broker", "x")])("sealwatt")).to.equal(
      "sealwatt",
    );
    expect(redactor([new Secret("https://t0ken-t0ken@rpc", "x")])("t0ken-t0ken")).to.equal("x");
  });

  it("takes out the longest of overlapping secrets first", () => {
    const redact = redactor([new Secret("password", "(a)"), new Secret("password-long", "(b)")]);
    expect(redact("password-long password")).to.equal("(b) (a)");
  });

  it("leaves texts alone where a secret is too short to tell or is shown anyway", () => {
    expect(redactor([new Secret("1"), new Secret("")])("at 11:11")).to.equal("at 11:11");
    expect(
      redactor([new Secret("http://10.0.0.1", "http://10.0.0.1")])("http://10.0.0.1"),
    ).to.equal("http://10.0.0.1");
  });

  it("outlives an encoding that is broken", () => {
    expect(redactor([new Secret("https://rpc.example/%zz-t0ken", "x")])("/%zz-t0ken")).to.equal(
      "x",
    );
  });
});
