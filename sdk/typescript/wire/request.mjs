// A request as it is given, as the values that the client's method takes.

/** Why the client cannot express a request. */
export class Inexpressible extends Error {}

/** The first two arguments of the operation's method. */
export function requestOf(operation, given, bytes) {
  const texts = { path: { ...given.path }, query: { ...given.query }, header: { ...given.headers } };
  const params = {};
  for (const { name, place, property, type, list } of operation.parameters) {
    const found = take(texts[place], name, place === 'header');
    if (found !== undefined) {
      params[property] = list ? listed(place, found).map((text) => valueOf(text, type)) : single(name, found, type);
    }
  }
  const left = [...Object.keys(texts.path), ...Object.keys(texts.query)];
  if (left.length > 0) {
    throw new Inexpressible(`it has no place for ${left.join(', ')}`);
  }
  if (given.body !== undefined || bytes !== undefined) {
    params.body = given.body === undefined ? bytes : given.body;
  }
  // Any call may have headers of its own.
  const headers = Object.fromEntries(Object.entries(texts.header).map(([name, all]) => [name, all.join(', ')]));
  return { params, options: { headers } };
}

/** Takes a parameter out of those that are given, so that what is left shows what the client has no place for. */
function take(texts, wanted, inAnyCase) {
  const same = (name) => name === wanted || (inAnyCase && name.toLowerCase() === wanted.toLowerCase());
  const name = Object.keys(texts).find(same);
  const found = name === undefined ? undefined : texts[name];
  delete texts[name];
  return found;
}

/** A list in a header or a path is one text. */
function listed(place, texts) {
  return place === 'query' ? texts : texts.flatMap((text) => text.split(',').map((one) => one.trim()));
}

function single(name, texts, type) {
  if (texts.length > 1) {
    throw new Inexpressible(`${name} is given ${texts.length} times`);
  }
  return valueOf(texts[0], type);
}

/** The value that a text stands for; a text that is no such value stays text, and the compiler says so. */
function valueOf(text, type) {
  if (type === 'number' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) {
    return Number(text);
  }
  return type === 'boolean' && /^(true|false)$/.test(text) ? text === 'true' : text;
}
