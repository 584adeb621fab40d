import { expect } from "chai";
import { cidrProblem } from "../../../../../components/core/network/cidr.ts";
import { cidrProblems } from "../../../../../components/core/network/render-address-egress.ts";

describe("cidrProblem", () => {
  for (const cidr of [
    "10.0.0.0/8",
    "10.0.0.5/32",
    "192.168.1.0/24",
    "fd00::/16",
    "::1/128",
    "2001:DB8::/32",
  ]) {
    it(`accepts ${cidr}`, () => expect(cidrProblem(cidr)).to.equal(undefined));
  }

  const NO_RANGE = "a range of addresses (10.0.0.5/32)";
  const MAPPED = "an IPv4 range in its own notation: network policies compare IPv4 addresses";
  const hostBits = (address: string, bits: number, network: string) =>
    `a range without host bits: /${String(bits)} of ${address} is all of ${network}`;
  const REFUSED: readonly (readonly [cidr: string, expected: string, choices: readonly string[]])[] = [
    ["10.1.2.3/8", hostBits("10.1.2.3", 8, "10.0.0.0/8"), ["10.1.2.3/32", "10.0.0.0/8"]],
    ["192.168.1.10/2", hostBits("192.168.1.10", 2, "192.0.0.0/2"), ["192.168.1.10/32"]],
    ["fd00::1/64", hostBits("fd00::1", 64, "fd00::/64"), ["fd00::1/128", "fd00::/64"]],
    ["192.0.0.0/7", "a range of /8 or longer: 192.0.0.0/7 is 1/128 of all addresses", []],
    ["0.0.0.0/0", "a range of /8 or longer: 0.0.0.0/0 is every address", []],
    ["fc00::/15", "a range of /16 or longer: fc00::/15 is 1/32768 of all addresses", []],
    ["::/0", "a range of /16 or longer: ::/0 is every address", []],
    ["::ffff:10.0.0.1/128", MAPPED, ["10.0.0.1/32"]],
    ["::ffff:a00:1/104", MAPPED, []],
    ["::ffff:0:0/96", MAPPED, []],
    ["::ffff:10.0.0.0/24", MAPPED, []],
    ["10.0.0.5", NO_RANGE, ["10.0.0.5/32"]],
    ["fd00::5", NO_RANGE, ["fd00::5/128"]],
    ...[
      "",
      "/",
      "lan/24",
      "10.0.0.5/33",
      "fd00::/129",
      "10.0.0.5/",
      "10.0.0.5/-1",
      "10.0.0.5/08",
      "10.0.0.5/8/8",
    ].map((cidr) => [cidr, NO_RANGE, []] as const),
    // What some parsers take, and the API server does not.
    ...["10.1/16", "0x0a.0.0.0/8", "010.0.0.0/8", "fe80::1%eth0/128", " 10.0.0.0/8"].map(
      (cidr) => [cidr, NO_RANGE, []] as const,
    ),
  ];
  for (const [cidr, expected, choices] of REFUSED) {
    it(`refuses "${cidr}"`, () => expect(cidrProblem(cidr)).to.deep.equal({ expected, choices }));
  }

  it("names no choice that it would refuse", () => {
    const choices = REFUSED.flatMap(([cidr]) => cidrProblem(cidr)?.choices ?? []);
    expect(choices).to.have.length.above(0);
    expect(choices.filter((cidr) => cidrProblem(cidr) !== undefined)).to.deep.equal([]);
  });
});

describe("cidrProblems", () => {
  it("reports each invalid range with its index", () =>
    expect(cidrProblems("cidrs", ["10.0.0.0/8", "10.0.0.5", "::/0"])).to.deep.equal([
      { propertyPath: "cidrs[1]", reason: "must be a range of addresses (10.0.0.5/32)" },
      { propertyPath: "cidrs[2]", reason: "must be a range of /16 or longer: ::/0 is every address" },
    ]));
});
