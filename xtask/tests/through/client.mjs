// A client of the shelf of books, as a program that `prove --through` can use. Its argument names a mistake to make.
import { createInterface } from 'node:readline';

const mistake = process.argv[2];
const makes = (name) => mistake === name;

const STATUSES = { addBook: [201, 401, 422], getBook: [200, 404, 422] };
const VARIANTS = { 200: 'Ok', 201: 'Created', 401: 'Unauthorized', 404: 'NotFound', 422: 'Unprocessable' };

function refusal({ operation, path, body }) {
  if (operation === 'addBook') {
    const { title, pages } = body ?? {};
    if (typeof title !== 'string' || !Number.isInteger(pages) || pages >= 2 ** 31) {
      return 'the body is no NewBook';
    }
    return makes('refuse what is allowed') && title === 'Dune' ? 'no book is called Dune' : undefined;
  }
  return /^-?\d+$/.test(path.bookId[0]) ? undefined : 'bookId is no number';
}

function requestOf({ baseUrl, operation, path, token, body }) {
  if (operation === 'getBook') {
    return [`${baseUrl}/books/${makes('ask for another book') ? 8 : path.bookId[0]}`, {}];
  }
  const sent = { ...body };
  if (makes('drop a field of the request')) {
    delete sent.pages;
  }
  if (makes('add a field to the request')) {
    sent.shelf = 'A';
  }
  const headers = { 'content-type': makes('send another media type') ? 'text/plain' : 'application/json' };
  if (token !== null && !makes('forget the token')) {
    headers.authorization = `Bearer ${token}`;
  }
  return [`${baseUrl}/books`, { method: 'POST', headers, body: JSON.stringify(sent) }];
}

async function outcomeOf(request) {
  const { operation } = request;
  const reason = refusal(request);
  if (reason !== undefined) {
    return { outcome: 'inexpressible', reason };
  }
  const [url, { headers: own, ...rest }] = requestOf(request);
  const answer = await fetch(url, { ...rest, headers: { ...own, ...request.additionalHeaders } });
  if (makes('send everything twice')) {
    await fetch(...requestOf(request));
  }
  const { status } = answer;
  const body = await answer.json();
  const headers = Object.fromEntries(answer.headers);
  const known = STATUSES[operation].filter((one) => !(makes('not know 404') && one === 404));
  if (!known.includes(status)) {
    return { outcome: 'unexpected', status, headers, bytes: [...Buffer.from(JSON.stringify(body))], reason: `${status}?` };
  }
  if (makes('lose a field of the answer')) {
    delete body.pages;
  }
  if (makes('change a value of the answer') && body.title) {
    body.title = body.title.toLowerCase();
  }
  const outcome = status < 300 || makes('take errors for successes') ? 'success' : 'error';
  const location = makes('lose a header') ? null : answer.headers.get('location');
  const typedHeaders = status === 201 ? { Location: location } : {};
  const declared = makes('mistake 422 for 404') && status === 422 ? 404 : status;
  return { outcome, variant: VARIANTS[declared], declared, status, headers, typedHeaders, body };
}

for await (const line of createInterface({ input: process.stdin })) {
  if (makes('stop at once')) {
    process.exit(1);
  }
  const outcome = makes('print what is no outcome') ? 'oops' : JSON.stringify(await outcomeOf(JSON.parse(line)));
  console.log(outcome);
}
