import { isUnknown } from "#core/inventory/unknown.ts";
import type { Plan, Undecided } from "../plan.ts";
import { count, duration, told } from "./figures.ts";
import { blocks, bullets, nameInCell, names, table, text } from "./markdown.ts";

/** Which groups keep their offsets, and what it costs those that do not. */
export function groupsSection(plan: Plan): string {
  const rows = plan.waves.flatMap((wave) => {
    const exposures = plan.windows.find((one) => one.wave === wave.name)?.duplicates ?? [];
    return wave.groups.map((group) => {
      const exposure = exposures.find((one) => one.group === group.id);
      return [
        nameInCell(group.id),
        nameInCell(wave.name),
        group.owner === undefined ? "**nobody**" : text(group.owner),
        group.plan,
        text(group.because),
        exposure === undefined ? "not reckoned" : told(exposure.records, count),
        exposure === undefined ? "not reckoned" : told(exposure.ifWorkerDies, count),
        exposure?.maxDuplicates === undefined ? "nobody has said" : count(exposure.maxDuplicates),
        exposure === undefined ? "" : lossOf(exposure),
      ];
    });
  });
  return blocks(
    "## Which groups must keep their offsets",
    "Groups that move `exact` go on at the record where they stopped. What a worker of the mirror may repeat when it dies is about what is written between two of its flushes.",
    rows.length === 0
      ? "No group moves."
      : table(
          [
            "Group",
            "Wave",
            "Owner",
            "Offsets",
            "Because",
            "Records repeated",
            "If a worker dies",
            "Of those accepted",
            "Note",
          ],
          rows,
        ),
  );
}

const lossOf = ({
  says,
  skipped,
  committedBefore,
  isAccepted,
}: Plan["windows"][number]["duplicates"][number]): string =>
  [
    text(says),
    ...(committedBefore === undefined ? [] : [`${told(committedBefore, count)} of them committed before`]),
    ...(skipped === undefined ? [] : [`${told(skipped, count)} skipped if it moved now`]),
    ...(isUnknown(isAccepted) ? [`**${text(isAccepted.unknown.why)}**`] : []),
  ].join("; ");

/** Which clients tolerate the freeze. */
export function clientsSection(plan: Plan): string {
  const rows = plan.waves.flatMap((wave) => {
    const declared = plan.windows.find((one) => one.wave === wave.name)?.clients ?? [];
    return wave.clients.map((client) => {
      const window = declared.find((one) => one.client === client);
      return [
        nameInCell(client),
        nameInCell(wave.name),
        ...(window === undefined
          ? ["unknown", "unknown", "unknown", "unknown: nobody declared it"]
          : [
              window.kind,
              duration(window.stopSeconds),
              duration(window.startSeconds),
              `${window.fits ? "yes" : "**no**"}: ${text(window.says)}`,
            ]),
      ];
    });
  });
  return blocks(
    "## Which clients tolerate a freeze",
    rows.length === 0 ? "No client moves." : table(["Client", "Wave", "Kind", "Stops in", "Starts in", "Fits"], rows),
  );
}

/** What is undecided, by who must answer. */
export function undecidedSection({ undecided }: Plan): string {
  const people = [...new Set(undecided.map(({ who }) => who))];
  return blocks(
    "## What is undecided, and who must answer",
    undecided.length === 0 ? "Nothing: the plan can be accepted as it is." : undefined,
    ...people.map((who) =>
      blocks(
        `### ${text(who)}`,
        table(
          ["Question", "About", "Wave", "How to answer", "Blocks"],
          undecided.filter((one) => one.who === who).map(question),
        ),
      ),
    ),
  );
}

const question = ({ what, wave, says, cure, blocks: stops }: Undecided): readonly string[] => [
  text(says),
  `${what.kind} ${nameInCell(what.name)}`,
  wave === undefined ? "" : nameInCell(wave),
  text(cure),
  stops ? "**yes**" : "no",
];

export const findingsSection = ({ findings }: Plan): string =>
  findings.length === 0
    ? ""
    : blocks(
        "## Findings",
        table(
          ["Kind", "Wave", "Finding", "Cure"],
          findings.map(({ kind, wave, says, cure }) => [
            kind,
            wave === undefined ? "" : nameInCell(wave),
            text(says),
            text(cure),
          ]),
        ),
      );

/** What people loosened, what it would gain to loosen more, and what is not planned. */
export const edgesSection = ({ loosened, costliestEdges, leftOut }: Plan): string =>
  blocks(
    loosened.length === 0 ? undefined : "## What stays on the source for a while",
    bullets(
      loosened.map(
        ({ edge, by, until, reason, price }) =>
          `${text(edge.says)}: loosened by ${text(by)} until ${text(until)}, since ${text(reason)}. ${text(price)}`,
      ),
    ),
    costliestEdges.length === 0 ? undefined : "## What it would gain to loosen more",
    bullets(costliestEdges.map(({ gain }) => text(gain))),
    leftOut.length === 0 ? undefined : "## What is not planned",
    bullets(
      [...new Set(leftOut.map(({ disposition, because }) => JSON.stringify([disposition, because])))].map((key) => {
        const alike = leftOut.filter((one) => JSON.stringify([one.disposition, one.because]) === key);
        const [first] = alike;
        return `${text(first?.disposition ?? "")}: ${names(alike.map(({ item }) => `${item.kind} ${item.name}`))}, since ${text(first?.because ?? "")}`;
      }),
    ),
  );
