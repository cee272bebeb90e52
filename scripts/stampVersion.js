// Run by `npm run build`: adds the commit to the version of the build, such as 0.1.0-3f2c1ab45d6e. Image tags and
// Temporal's build ids take no plus sign, which would be the other way to write it.
const { execFileSync } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const built = path.join(root, 'dist', 'package.json');

/** Where there is no repository, as in the build of an image, REVISION has it. None without either. */
function revision() {
  if (process.env.REVISION) return process.env.REVISION.slice(0, 12);
  try {
    const git = (...args) =>
      execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    // As a dependency it lies in the repository of another project.
    if (git('rev-parse', '--show-prefix').trim() !== '') return null;
    return git('describe', '--always', '--exclude=*', '--abbrev=12', '--dirty').trim();
  } catch {
    return null;
  }
}

const commit = revision();
if (commit !== null) {
  const description = JSON.parse(readFileSync(built, 'utf8'));
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  writeFileSync(built, `${JSON.stringify({ ...description, version: `${version}-${commit}` }, null, 2)}\n`);
}
