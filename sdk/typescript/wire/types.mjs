// What the TypeScript compiler says of a request, written as a program of a user would have it.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

import { packageName } from '../.test/wire/operations.js';

const FOLDER = dirname(fileURLToPath(import.meta.url));
/** The program, which is never written to disk. */
const FILE = join(FOLDER, 'request.ts');

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(FOLDER, 'tsconfig.json'), ts.sys.readFile).config,
  ts.sys,
  FOLDER,
);
let text = '';
let version = 0;
const known = new Map();
const service = ts.createLanguageService({
  getCompilationSettings: () => options,
  getScriptFileNames: () => [FILE],
  getScriptVersion: (file) => (file === FILE ? String(version) : '0'),
  getScriptSnapshot: (file) => {
    const contents = file === FILE ? text : ts.sys.readFile(file);
    return contents === undefined ? undefined : ts.ScriptSnapshot.fromString(contents);
  },
  getCurrentDirectory: () => FOLDER,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: (file) => file === FILE || ts.sys.fileExists(file),
  readFile: (file) => (file === FILE ? text : ts.sys.readFile(file)),
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
});

/** What the compiler does not allow about the parameters of a call; nothing where they are fine. */
export function complaint(id, { takesParams }, params) {
  const written = literal(params);
  if (!takesParams) {
    return written === '{}' ? undefined : 'it takes no parameters';
  }
  const program =
    `import type { Client } from ${JSON.stringify(packageName)};\n` +
    `export const params: NonNullable<Parameters<Client[${JSON.stringify(id)}]>[0]> = ${written};\n`;
  if (!known.has(program)) {
    known.set(program, check(program));
  }
  return known.get(program);
}

function check(program) {
  text = program;
  version += 1;
  const found = [...service.getSyntacticDiagnostics(FILE), ...service.getSemanticDiagnostics(FILE)];
  return found.length === 0 ? undefined : ts.flattenDiagnosticMessageText(found[0].messageText, ' ').replace(/\s+/g, ' ');
}

/** A value as it is written in a program. JSON's escapes mean the same there. */
function literal(value) {
  if (value instanceof Uint8Array) {
    return 'new Uint8Array()';
  }
  if (Array.isArray(value)) {
    return `[${value.map(literal).join(', ')}]`;
  }
  if (value !== null && typeof value === 'object') {
    return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${literal(one)}`).join(', ')}}`;
  }
  return JSON.stringify(value);
}
