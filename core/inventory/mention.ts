/** Whether a text names one of these as a whole: "shop" is not in "workshop", "shop-2" or "shop.internal". */
export function isMentioned(names: readonly string[], text: string): boolean {
  return names.some((name) => {
    if (name === "") return false;
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1))
      if (!PART_OF_NAME.test(text[at - 1] ?? "") && !PART_OF_NAME.test(text[at + name.length] ?? "")) return true;
    return false;
  });
}

const PART_OF_NAME = /[\w.-]/;
