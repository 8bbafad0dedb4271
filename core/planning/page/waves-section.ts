import type { Plan, PlannedWave } from "../plan.ts";
import { bytes, bytesPerSecond, count, duration, told, yesNo } from "./figures.ts";
import { blocks, bullets, name, nameInCell, names, namesInCell, table, text } from "./markdown.ts";

/** More edges than these no meeting reads; the plan's JSON has all. */
const MOST_EDGES = 20;

/** Which topics move together, in which order, and why. */
export const wavesSection = (plan: Plan): string =>
  blocks(
    "## Which topics move together",
    plan.fixed.length === 0 ? undefined : `Already under way, and not planned again: ${names(plan.fixed)}.`,
    plan.waves.length === 0 ? "Nothing is left to be moved." : overview(plan),
    ...plan.waves.map(waveSection),
  );

const overview = (plan: Plan): string =>
  table(
    ["Wave", "Topics", "Groups", "Clients", "Partitions", "Size", "Written", "Teams", "Risk"],
    plan.waves.map(({ name: wave, order, topics, groups, clients, size, risk }) => [
      `${order}. ${nameInCell(wave)}`,
      count(topics.length),
      count(groups.length),
      count(clients.length),
      told(size.partitions, count),
      told(size.bytes, bytes),
      told(size.bytesPerSecond, bytesPerSecond),
      namesInCell(size.teams),
      risk.level,
    ]),
  );

function waveSection(wave: PlannedWave): string {
  const { order, topics, connectors, subjects, transactionalIds, principals, clients, edges, risk, holdsSealOf } = wave;
  const rest = edges.length - MOST_EDGES;
  return blocks(
    `### ${order}. ${name(wave.name)}`,
    text(wave.reason),
    bullets([
      `Topics: ${names(topics)}`,
      `Groups: ${names(wave.groups.map(({ id }) => id))}`,
      `Clients: ${names(clients)}`,
      ...listed("Connectors", connectors),
      ...listed("Schemas", subjects),
      ...listed("Transactional ids", transactionalIds),
      ...listed("Principals", principals),
      `Risk: ${risk.level}${risk.because.length === 0 ? "" : `, since ${risk.because.map(text).join("; ")}`}`,
      `Cut: ${text(wave.cut)}`,
      ...(holdsSealOf.length === 0 ? [] : [`Its move must come before the seal of ${names(holdsSealOf)}`]),
    ]),
    edges.length === 0 ? undefined : "What binds it:",
    bullets([
      ...edges.slice(0, MOST_EDGES).map(({ says, evidence }) => `${text(says)} (${evidence})`),
      ...(rest > 0 ? [`and ${count(rest)} more, which the plan's JSON names`] : []),
    ]),
  );
}

const listed = (what: string, all: readonly string[]): readonly string[] =>
  all.length === 0 ? [] : [`${what}: ${names(all)}`];

/** How long each wave takes, and how long it can be taken back. */
export const windowsSection = (plan: Plan): string =>
  plan.windows.length === 0
    ? ""
    : blocks(
        "## How long it takes, and which roll-back window the business accepts",
        "Copying takes at least what the size asks for; the freeze is the slowest client's stop, the drain and the slowest client's start.",
        table(
          [
            "Wave",
            "Copy",
            "Freeze",
            "Deadline, less margin",
            "Fits",
            "Roll-back possible for",
            "Bound by",
            "Wanted",
            "Fits",
          ],
          plan.windows.map(({ wave, copy, freeze, rollback }) => [
            nameInCell(wave),
            told(copy.seconds, duration),
            told(freeze.totalSeconds, duration),
            duration(freeze.deadlineSeconds - freeze.marginSeconds),
            yesNo(freeze.fits),
            told(rollback.seconds, (seconds) => (seconds === null ? "any time before the seal" : duration(seconds))),
            text(rollback.boundBy),
            rollback.wantedSeconds === undefined ? "nobody has said" : duration(rollback.wantedSeconds),
            yesNo(rollback.fits),
          ]),
        ),
      );
