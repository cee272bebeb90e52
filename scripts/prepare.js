// Run by npm after an install: builds, so that `npx vmc-cancel` and `npm start` work right after `npm ci`.
const { execSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const compiler = path.join(root, 'node_modules', 'typescript');
const built = [
  path.join(root, 'dist', 'cli', 'main.js'),
  path.join(root, 'dist', 'worker', 'main.js'),
  path.join(root, 'dist', 'worker', 'workflow-bundle.js'),
];

if (existsSync(compiler)) {
  execSync('npm run build --silent', { cwd: root, stdio: 'inherit' });
} else {
  const missing = built.filter((file) => !existsSync(file));
  if (missing.length > 0) {
    const names = missing.map((file) => path.relative(root, file)).join(', ');
    console.error(
      `There is no build (missing: ${names}) and no compiler to make one (missing: typescript).\n` +
        'Run npm ci with the development dependencies, or put a built dist/ beside package.json first.',
    );
    process.exit(1);
  }
}
