import type { MirrorEnd } from "#adapters/connect/mirror-end.ts";

/** An end that nobody connects to. */
export const nowhere = (server: string): MirrorEnd => ({
  bootstrapServers: [server],
  tls: false,
  hasOwnAuthorities: false,
  signIn: { type: "none" },
});
