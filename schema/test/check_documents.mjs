// Every AsyncAPI document must be accepted by the reference parser: node check_documents.mjs FOLDER_WITH_NODE_MODULES FILE...
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const [folder, ...files] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const { Parser, fromFile } = require('@asyncapi/parser');

// The parser recommends newer versions of the specification; 3.0 is what most tools read.
const explained = new Set(['asyncapi-latest-version']);
const severities = ['error', 'warning', 'information', 'hint'];
let refused = 0;

for (const file of files) {
  await readFile(file); // a missing file is an error of its own, not a diagnostic
  const { document, diagnostics } = await fromFile(new Parser(), file).parse();
  const relevant = diagnostics.filter((d) => !explained.has(d.code) && d.severity <= 1);
  for (const d of relevant) {
    console.error(`${file}:${d.range.start.line + 1}: ${severities[d.severity]} ${d.code} at /${d.path.join('/')}: ${d.message}`);
  }
  if (document === undefined || relevant.length > 0) {
    refused += 1;
  } else {
    console.log(`${file}: ${document.allMessages().length} messages, accepted`);
  }
}
process.exit(refused === 0 ? 0 : 1);
