import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import ts from "typescript";
import { PORT_METHODS } from "#use-cases/port-methods.ts";

export type EffectsInCode = {
  /** By file, without its ending: the effects that it makes, each once, sorted. A write is the caller's of `decideAndWrite`. */
  readonly byUseCase: ReadonlyMap<string, readonly string[]>;
  /** Interfaces with methods below `use-cases/ports`. */
  readonly ports: readonly string[];
  /** What could make an effect that nobody sees here: `file:line`, and why. */
  readonly unseen: readonly string[];
};

const WRITE = "WaveStore.write";
const WRITER = "decideAndWrite";
const CLASSES: Readonly<Record<string, Readonly<Record<string, string>>>> = PORT_METHODS;
/** Most names need not be asked about. */
const NAMES = new Set(Object.values(CLASSES).flatMap((port) => Object.keys(port)));

/** What the compiler knows of the use cases, and of other files beside them: which port's method each call is. */
export function effectsInCode(root: string, others: readonly string[] = []): EffectsInCode {
  const folder = join(root, "use-cases");
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  const paths = [...files.map((file) => join(folder, file)), ...others];
  const program = ts.createProgram(paths, {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const byUseCase = new Map<string, readonly string[]>();
  const unseen: string[] = [];
  for (const path of paths) {
    const source = program.getSourceFile(path);
    if (source === undefined) throw new Error(`the compiler does not read ${path}`);
    const found = new Set<string>();
    const say = (node: ts.Node, why: string): void => {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      unseen.push(`${basename(path)}:${line + 1}: ${why}`);
    };
    const visit = (node: ts.Node): void => {
      ts.forEachChild(node, visit);
      if (ts.isIdentifier(node) && node.text === WRITER && isUse(node)) {
        // Who writes is seen at run time by who waits.
        if (ts.isCallExpression(node.parent) && ts.isAwaitExpression(node.parent.parent)) found.add(WRITE);
        else say(node, `${WRITER} is used but not called and awaited right there`);
        return;
      }
      const name = nameOfMember(node);
      if (name === undefined || !NAMES.has(name.getText())) return;
      const effect = effectOf(checker, name);
      if (effect === undefined) return;
      if (!ts.isCallExpression(node.parent) || node.parent.expression !== node)
        say(node, `${effect} is taken from its port but not called right there`);
      else if (effect !== WRITE) found.add(effect);
      else if (basename(path) !== "decide-and-write.ts") say(node, `only ${WRITER} writes`);
    };
    visit(source);
    if (found.size > 0) byUseCase.set(basename(path, ".ts"), [...found].sort());
  }
  return { byUseCase, ports: portsOf(program, join(folder, "ports")), unseen };
}

/** `port.member`, `port?.member`, or `{ member }` of a port that is taken apart; neither in a type. */
function nameOfMember(node: ts.Node): ts.Node | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.name;
  if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) return node.propertyName ?? node.name;
  return undefined;
}

function effectOf(checker: ts.TypeChecker, name: ts.Node): string | undefined {
  const symbol = ts.isBindingElement(name.parent)
    ? checker.getTypeAtLocation(name.parent.parent).getProperty(name.getText())
    : checker.getSymbolAtLocation(name);
  for (const declaration of symbol?.declarations ?? []) {
    const { parent } = declaration;
    if (!ts.isInterfaceDeclaration(parent) || !isPort(parent)) continue;
    const member = name.getText();
    if (CLASSES[parent.name.text]?.[member] === "effect") return `${parent.name.text}.${member}`;
  }
  return undefined;
}

const isPort = (node: ts.Node): boolean => node.getSourceFile().fileName.includes("/use-cases/ports/");

const isUse = (node: ts.Identifier): boolean =>
  !ts.isImportSpecifier(node.parent) && !ts.isFunctionDeclaration(node.parent);

function portsOf(program: ts.Program, folder: string): readonly string[] {
  const files = readdirSync(folder).map((file) => join(folder, file));
  const found: string[] = [];
  for (const file of files) {
    const source = program.getSourceFile(file);
    for (const one of source?.statements ?? [])
      if (ts.isInterfaceDeclaration(one) && one.members.some(ts.isMethodSignature)) found.push(one.name.text);
  }
  return found.sort();
}
