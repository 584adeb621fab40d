import { expect } from "chai";
import type { EtcdArgs } from "../../../../components/etcd/args.ts";
import { refuseMemberChange } from "../../../../components/etcd/member-count.ts";
import { validateEtcdArgs } from "../../../../components/etcd/validate-args.ts";
import { ARGS } from "./fixtures.ts";

describe("validateEtcdArgs", () => {
  const paths = (args: Partial<EtcdArgs>) =>
    validateEtcdArgs({ ...ARGS, ...args }).map(({ propertyPath }) => propertyPath);
  it("finds nothing where all fits", () =>
    expect(paths({ members: 1, quotaGi: 8, storageGi: 17 })).to.deep.equal([]));
  for (const quotaGi of [0, 9, 1.5, NaN]) {
    it(`refuses a quota of ${quotaGi} GiB`, () => expect(paths({ quotaGi })).to.deep.equal(["quotaGi"]));
  }
  for (const storageGi of [0, 4, 5.5, NaN]) {
    it(`refuses a volume of ${storageGi} GiB`, () =>
      expect(paths({ storageGi })).to.deep.equal(["storageGi"]));
  }
});

describe("refuseMemberChange", () => {
  it("says from what to what, why, and how to go on", () => {
    const refuse = () => refuseMemberChange("data")({ oldInputs: { input: 1 }, newInputs: { input: 3 } });
    expect(refuse).to.throw(
      /^etcd has 1 member\(s\), and 3 cannot take their place: every member keeps the list/,
    );
    for (const step of [
      "Set etcd.members back, or create a new cluster: ",
      "1. save the keys (etcdctl snapshot save, as root); ",
      "2. turn features.etcd off and update, ",
      "3. kubectl delete persistentvolumeclaims --namespace=data --selector=app.kubernetes.io/name=etcd; ",
      "4. turn features.etcd on with etcd.members 3 and update; ",
    ])
      expect(refuse).to.throw(step);
  });
});
