import { afterAll, beforeAll, expect, test } from "vitest";
import { startWaveLab, type WaveLab } from "./wave-lab.ts";

let lab: WaveLab;
beforeAll(async () => {
  lab = await startWaveLab({
    waves: [{ name: "open", producers: 2, liveGroups: 2 }],
    isSourceOpen: true,
    isSecure: true,
  });
  await lab.post(lab.file());
});
afterAll(() => lab?.stop());

test("a wave whose topics have no ACL, on a source that then allows everyone, is sealed, each record processed exactly once; all over TLS, by password and by certificate", async () => {
  const wave = lab.wave("open");
  await wave.startApplications();
  await wave.command("start");
  await wave.follow({ seconds: 90, until: (row) => row.phase === "sealed" });
  expect(await wave.findings()).toEqual([]);
});
