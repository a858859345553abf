import { test } from "node:test";
import assert from "node:assert/strict";
import {
  changeOf, clusterDraftOf, clusterSettingsOf, draftOf, EMPTY_CLUSTER, emptyDraft, faultsOf, FIELDS, PLACES, requestOf,
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
  const other = { partition: "gpu", serving: { partition: "chat", gres: "none", minutes: 30 } };
  assert.deepEqual(clusterSettingsOf(clusterDraftOf(other)), other);
  assert.equal("serving" in clusterSettingsOf({ ...EMPTY_CLUSTER, serving: { ...EMPTY_CLUSTER.serving, qos: "  " } }), false);
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

test("what models ask for of their own is a change like any other, and is taken back by emptying it", () => {
  const before = draftOf({
    kind: "slurm", name: "lab", address: "login1", slots: 1, slurm: { partition: "gpu", serving: { qos: "chat" } },
    settings: { authentication: "system", user: "train", user_data_dir: "/shared" },
  });
  const changed = (qos) => sent(changeOf({ ...before, cluster: { ...before.cluster, serving: { ...before.cluster.serving, qos } } }, before));
  assert.deepEqual(changed("fast").slurm, { partition: "gpu", serving: { qos: "fast" } });
  assert.deepEqual(changed("").slurm, { partition: "gpu" });
  assert.equal("slurm" in changed("chat"), false);
});

test("a change of one setting sends all that the cluster is asked for, and no change sends none", () => {
  const before = draftOf({
    kind: "slurm", name: "lab", address: "login1", slots: 1, slurm: { partition: "gpu", minutes: 60 },
    settings: { authentication: "system", user: "train", user_data_dir: "/shared" },
  });
  assert.equal("slurm" in changeOf(before, before), false);
  assert.deepEqual(sent(changeOf({ ...before, cluster: { ...before.cluster, minutes: "" } }, before)), { slurm: { partition: "gpu" } });
  assert.deepEqual(sent(changeOf({ ...before, cluster: EMPTY_CLUSTER }, before)), { slurm: {} });
  const onLogin = { ...EMPTY_CLUSTER, isServedOnLogin: true };
  assert.deepEqual(sent(changeOf({ ...before, cluster: onLogin }, before)), { slurm: { services: "login_node" } });
  assert.deepEqual(sent(changeOf({ ...before, cluster: EMPTY_CLUSTER }, { ...before, cluster: onLogin })), { slurm: {} });
  assert.deepEqual(sent(changeOf({ ...before, address: "localhost" }, before)), { address: "localhost", user: "", key_path: "" });
});

test("every field has a place beside which the server's words stand, by the name it is sent with", () => {
  const everything = { ...emptyDraft, kind: "slurm", port: "22", ...Object.fromEntries(Object.keys(FIELDS).map((name) => [name, "1"])) };
  const names = [..."system file key password".split(" ")].flatMap((login) => Object.keys(sent(requestOf({ ...everything, kind: "ssh", login }))));
  for (const name of names) assert.ok(PLACES.includes(name), name);
  // A tick cannot be wrong.
  for (const name of Object.keys(EMPTY_CLUSTER).filter((name) => name !== "isServedOnLogin" && name !== "serving")) assert.ok(PLACES.includes(`slurm.${name}`), name);
  for (const name of Object.keys(EMPTY_CLUSTER.serving)) assert.ok(PLACES.includes(`slurm.serving.${name}`), name);
  assert.ok(!PLACES.includes("kind"));
});

test("an emptied port is taken back, and one that was never there is not sent", () => {
  const before = { ...emptyDraft, address: "gpu1", login: "kept", port: "2222" };
  assert.deepEqual(sent(changeOf({ ...before, port: "" }, before)), { port: 0 });
  assert.deepEqual(sent(changeOf({ ...before, port: "22" }, before)), { port: 22 });
  assert.deepEqual(sent(changeOf({ ...before, port: "" }, { ...before, port: "" })), {});
});
