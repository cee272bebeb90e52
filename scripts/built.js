const { existsSync } = require('node:fs');
const path = require('node:path');

/** Runs a file of the build. With `ignore-scripts=true`, as many set it, `npm ci` makes none. */
function runBuilt(file) {
  const built = path.join(__dirname, '..', 'dist', file);
  if (existsSync(built)) return require(built);
  console.error('vmc-cancel is not built (npm ci builds, unless ignore-scripts is set). Run: npm run build');
  process.exitCode = 1;
}

module.exports = { runBuilt };
if (require.main === module) runBuilt(process.argv[2]);
