import { expect } from "chai";
import { RateLimit, rateKeyOf } from "../../../../../sdk/private/relayer/rateLimit.ts";

describe("RateLimit", () => {
  it("lets each do so much at once, and as fast as it fills", () => {
    let now = 0;
    const limit = new RateLimit({ perMinute: 6, burst: 2, nowMs: () => now });
    expect(["a", "a", "a", "b"].map((key) => limit.take(key))).to.deep.equal([0, 0, 10, 0]);
    now = 9_999;
    expect(limit.take("a")).to.equal(1);
    now = 10_000;
    expect([limit.take("a"), limit.take("a")]).to.deep.equal([0, 10]);
    now = 10_000_000;
    expect(["a", "a", "a"].map((key) => limit.take(key))).to.deep.equal([0, 0, 10]);
  });

  it("forgets who came longest ago rather than to grow for ever", () => {
    const limit = new RateLimit({ perMinute: 1, burst: 1, nowMs: () => 0 });
    expect([limit.take("first"), limit.take("first")]).to.deep.equal([0, 60]);
    for (let i = 0; i < 10_000; i++) limit.take(`other ${i}`);
    expect(limit.take("first")).to.equal(0);
    expect(limit.take("other 9999")).to.equal(60);
  });
});

describe("rateKeyOf", () => {
  it("takes IPv4 whole, also where it comes as IPv6", () => {
    expect(rateKeyOf("192.0.2.7")).to.equal("192.0.2.7");
    expect(rateKeyOf("::ffff:192.0.2.7")).to.equal("192.0.2.7");
  });

  it("takes of IPv6 what a household has for itself", () => {
    expect(rateKeyOf("2001:db8:1:2:3:4:5:6")).to.equal("2001:db8:1:2");
    expect(rateKeyOf("2001:db8:1:2::9")).to.equal("2001:db8:1:2");
    expect(rateKeyOf("2001:db8::9")).to.equal("2001:db8:0:0");
    expect(rateKeyOf("fe80::1%eth0")).to.equal("fe80:0:0:0");
    expect(rateKeyOf("::1")).to.equal("0:0:0:0");
  });
});
