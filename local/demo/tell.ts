/** The demo's live log: one line per thing that happens, with the seconds since it began. */
export type Tell = (line: string) => void;

export const teller = (begunAt: number = Date.now()): Tell => {
  return (line) => {
    const seconds = ((Date.now() - begunAt) / 1000).toFixed(1).padStart(6);
    process.stdout.write(`${seconds} s  ${line}\n`);
  };
};
