// Reads the requests that `cargo xtask list --format json` prints from standard input, reads the same files with httpYac,
// and fails where the two do not see the same requests. The arguments are the files, relative to the current folder.

import { existsSync, promises, readFileSync } from 'node:fs';
import path from 'node:path';
import httpyac from 'httpyac';

// httpYac leaves the file system to the program that embeds it.
Object.assign(httpyac.io.fileProvider, {
  EOL: '\n',
  isAbsolute: async file => path.isAbsolute(file),
  dirname: file => path.dirname(file),
  hasExtension: (file, ...extensions) => extensions.some(extension => file.endsWith(`.${extension}`)),
  joinPath: (folder, file) => path.join(folder, file),
  exists: async file => existsSync(file),
  readFile: (file, encoding) => promises.readFile(file, encoding),
  readBuffer: file => promises.readFile(file),
  readdir: folder => promises.readdir(folder),
});

/** What both readers have to agree on. */
const compared = ['line', 'name', 'method', 'url', 'headers', 'body_len'];

/** The bytes of a body; a body that httpYac reads from a file has none before it is sent. */
function bodyLength(body) {
  const lines = Array.isArray(body) ? body : [body ?? ''];
  if (lines.some(line => typeof line === 'function')) return null;
  return Buffer.byteLength(lines.join('\n'));
}

/** One line for each header as it was written, also where a name stands twice. */
function headerNames(region) {
  return region.symbol.children.filter(symbol => symbol.kind === 'requestHeader').map(symbol => symbol.name);
}

async function readWithHttpYac(file) {
  const options = { workingDir: path.dirname(path.resolve(file)), activeEnvironment: [], config: {} };
  const parsed = await new httpyac.store.HttpFileStore().parse(path.resolve(file), readFileSync(file, 'utf8'), options);
  return parsed.httpRegions.filter(region => region.request).map(region => ({
    line: region.symbol.children.find(symbol => symbol.kind === 'requestLine').startLine + 1,
    name: region.metaData.name ?? null,
    method: region.request.method,
    url: region.request.url,
    headers: headerNames(region),
    body_len: bodyLength(region.request.body),
  }));
}

function differences(file, ours, theirs) {
  if (ours.length !== theirs.length) return [`${file}: ${ours.length} requests, httpYac reads ${theirs.length}`];
  return ours.flatMap((request, index) => compared
    .filter(key => theirs[index][key] !== null || key === 'name')
    .filter(key => JSON.stringify(request[key]) !== JSON.stringify(theirs[index][key]))
    .map(key => {
      const [here, there] = [request[key], theirs[index][key]].map(value => JSON.stringify(value));
      return `${file}:${request.line}: ${key} is ${here}, httpYac reads ${there}`;
    }));
}

const listed = readFileSync(0, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line));
const files = process.argv.slice(2);
const found = [];
for (const file of files) {
  found.push(...differences(file, listed.filter(request => request.file === file), await readWithHttpYac(file)));
}
const unknown = listed.filter(request => !files.includes(request.file));
found.push(...unknown.map(request => `${request.file}:${request.line}: listed, but not among the given files`));
if (listed.length === 0) found.push('no request was given on standard input');
for (const line of found) console.error(line);
if (found.length === 0) console.log(`httpYac reads the same ${listed.length} requests in ${files.length} files`);
process.exitCode = found.length === 0 ? 0 : 1;
