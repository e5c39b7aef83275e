// Writes every ```ts fence of the README to a module of its own, so that tsc can check it as a reader would type it. A
// fence that needs one of the platforms says so: ```ts node, ```ts browser.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';

const { name } = JSON.parse(await readFile('package.json', 'utf8'));
const readme = await readFile('README.md', 'utf8');
const fences = [...readme.matchAll(/^```ts(?: (node|browser))?\n(.*?)^```$/gms)];
if (fences.length === 0) {
  throw new Error('README.md has no ts fence');
}
await rm('.test/fences', { recursive: true, force: true });
await mkdir('.test/fences', { recursive: true });
for (const [index, [, platform, code]] of fences.entries()) {
  // The examples after the quick start use its client.
  const given = /\bconst client\b/.test(code) ? '' : `declare const client: import('${name}').Client;\n`;
  const suffix = platform ? `.${platform}` : '';
  await writeFile(`.test/fences/fence-${index + 1}${suffix}.ts`, `${code}\n${given}export {};\n`);
}
console.log(`${fences.length} fences`);
