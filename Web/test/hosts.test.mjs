import { test } from "node:test";
import assert from "node:assert/strict";
import {
  changeOf, clusterDraftOf, clusterFieldOf, clusterSettingsOf, draftOf, EMPTY_CLUSTER, emptyDraft, faultsOf, Problem, requestOf, saidOfCluster,
} from "../.test/hosts.mjs";

const sent = (body) => JSON.parse(JSON.stringify(body));
const cluster = { ...emptyDraft, kind: "slurm", address: "login1", cluster: { ...EMPTY_CLUSTER, partition: " gpu ", memory_mib: "64000" } };

test("what is asked of a cluster is what was typed, and a number that is none is left to the server to refuse", () => {
  assert.deepEqual(clusterSettingsOf(EMPTY_CLUSTER), {});
  assert.deepEqual(clusterSettingsOf({ ...EMPTY_CLUSTER, partition: " gpu ", nodes: "2", qos: "7", minutes: "a day" }), {
    partition: "gpu", qos: "7", minutes: "a day", nodes: 2,
  });
  const settings = { account: "lab1", gres: "gpu:h100:2", cpus: 8, memory_mib: 4000 };
  assert.deepEqual(clusterSettingsOf(clusterDraftOf(settings)), settings);
  assert.deepEqual(clusterDraftOf(null), EMPTY_CLUSTER);
});

test("a cluster is sent with its kind and settings and without slots, another host without any of them", () => {
  assert.deepEqual(sent(requestOf({ ...cluster, slots: "3" })), {
    kind: "slurm", address: "login1", slurm: { partition: "gpu", memory_mib: 64000 },
  });
  assert.deepEqual(sent(requestOf({ ...cluster, kind: "ssh", slots: "3" })), { address: "login1", slots: 3 });
});

test("of a cluster whose login node is this machine nothing is sent that a login needs, and nothing of it is missed", () => {
  const typed = { ...cluster, address: " localhost ", user: "train", port: "22x", jumpHost: "gate", login: "password" };
  assert.deepEqual(faultsOf(typed), {});
  assert.deepEqual(sent(requestOf(typed)), { kind: "slurm", address: "localhost", slurm: { partition: "gpu", memory_mib: 64000 } });
  // A host of that name is one over SSH like any other.
  assert.deepEqual(Object.keys(faultsOf({ ...typed, kind: "ssh" })).sort(), ["password", "port"]);
});

test("a change of one setting sends all that the cluster is asked for, and no change sends none", () => {
  const before = draftOf({
    kind: "slurm", name: "lab", address: "login1", slots: 1, slurm: { partition: "gpu", minutes: 60 },
    settings: { authentication: "system", user: "train", user_data_dir: "/shared" },
  });
  assert.equal("slurm" in changeOf(before, before), false);
  assert.deepEqual(sent(changeOf({ ...before, cluster: { ...before.cluster, minutes: "" } }, before)), { slurm: { partition: "gpu" } });
  assert.deepEqual(sent(changeOf({ ...before, cluster: EMPTY_CLUSTER }, before)), { slurm: {} });
  assert.deepEqual(sent(changeOf({ ...before, address: "localhost" }, before)), { address: "localhost", user: "", key_path: "" });
});

test("a problem of a cluster's field is found by the envelope's name and by the sentence's, and no other is", () => {
  const named = new Problem("invalid_input", "…", 400, undefined, [{ field: "slurm.minutes", message: "has the wrong type" }]);
  assert.equal(clusterFieldOf(named), "minutes");
  assert.equal(saidOfCluster(named, "minutes").message, "has the wrong type");
  assert.equal(saidOfCluster(named, "nodes"), undefined);
  const told = new Problem("invalid_input", "The setting slurm.gres holds what Slurm has no use for.", 400, "Write it so.");
  assert.equal(clusterFieldOf(told), "gres");
  assert.equal(saidOfCluster(told, "gres").hint, "Write it so.");
  assert.equal(clusterFieldOf(new Problem("invalid_input", "A host has 1 to 64 slots.", 400)), undefined);
  assert.equal(clusterFieldOf(undefined), undefined);
});
