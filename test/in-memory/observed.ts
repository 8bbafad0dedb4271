/** What is called on a port, as `name.method`, with its arguments. */
export type Call = { readonly name: string; readonly args: readonly unknown[] };

/** Hooks around every call of a port: what `before` throws keeps it from happening, what `after` throws loses its answer. */
export type Around = {
  before(call: Call): void | Promise<void>;
  after(call: Call): void | Promise<void>;
};

/** The same port with hooks around each of its methods. */
export const observed = <P extends object>(name: string, port: P, around: Around): P =>
  new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function" || typeof key !== "string") return member;
      return async (...args: unknown[]): Promise<unknown> => {
        const call = { name: `${name}.${key}`, args };
        await around.before(call);
        const answer: unknown = await Reflect.apply(member, target, args);
        await around.after(call);
        return answer;
      };
    },
  });
