// Run by `npm run build`: adds the commit to the version of the build, such as 0.1.0-3f2c1ab45d6e. Image tags and
// Temporal's build ids take no plus sign, which would be the other way to write it.
const { execFileSync } = require('node:child_process');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const LENGTH = 12;

/** Of the repository; null where this is none, as in the build of an image. */
function ofRepository() {
  // As a dependency it lies in the repository of another project.
  if (!existsSync(path.join(root, '.git'))) return null;
  // In a hook of another repository, such variables name that one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  try {
    const args = ['describe', '--always', '--exclude=*', '--abbrev=40', '--dirty'];
    return execFileSync('git', args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  } catch (error) {
    console.error(`The version of this build has no commit: ${String(error.stderr || error.message).trim()}`);
    return null;
  }
}

const commit = ofRepository() ?? process.env.REVISION;
if (commit) {
  const [, hash, dirty = ''] = /^([0-9a-f]{7,64})(-dirty)?$/.exec(commit) ?? [];
  if (hash === undefined) {
    console.error(`REVISION: "${commit}" is no commit: it must be a hash, such as of git rev-parse HEAD`);
    process.exit(1);
  }
  const built = path.join(root, 'dist', 'package.json');
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const stamped = {
    ...JSON.parse(readFileSync(built, 'utf8')),
    version: `${version}-${hash.slice(0, LENGTH)}${dirty}`,
  };
  writeFileSync(built, `${JSON.stringify(stamped, null, 2)}\n`);
}
