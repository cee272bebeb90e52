/**
 * The one-way street of imports: worker → workflows → activities (types only) → domain;
 * cli → client → temporal → domain; worker, cli → vmc, temporal → files → domain.
 */
const only = (from, allowed, comment) => ({
  name: `${from}-imports`,
  comment,
  severity: 'error',
  from: { path: `^${from}/` },
  to: {
    dependencyTypesNot: ['core'],
    path: '^[a-z]+/',
    pathNot: [`^(${[from, ...allowed].join('|')})/`, '^node_modules/'],
  },
});

const SANDBOX = '^(domain|workflows)/|^temporal/(payload|failure)Converter';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    only('domain', [], 'domain/ is pure and stands on nothing else of ours'),
    only('files', ['domain'], 'files/ reads what an operator names: settings, secrets, lists'),
    only('vmc', ['files', 'domain'], 'vmc/ meets the port of activities/ structurally'),
    only('activities', ['domain'], 'activities/ declares the port that it needs'),
    only('workflows', ['activities', 'domain'], 'workflows/ runs in the sandbox'),
    only('temporal', ['files', 'domain'], 'temporal/ is the one way to Temporal for worker/, client/ and cli/'),
    only('client', ['workflows', 'temporal', 'domain'], 'client/ is the library: it starts and watches'),
    only('cli', ['client', 'vmc', 'temporal', 'files', 'domain'], 'cli/ is the executable, on top of the library'),
    only('worker', ['workflows', 'activities', 'vmc', 'temporal', 'domain'], 'worker/ puts the parts together'),
    only('simulator', [], 'simulator/ shares no code with vmc/: a shared mistake would hide'),
    {
      name: 'activities-by-type-only',
      comment: 'A workflow that imports activity code runs it in the sandbox.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'sandbox-has-no-node',
      comment: 'domain/, workflows/ and the converters run in the workflow sandbox.',
      severity: 'error',
      from: { path: SANDBOX },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'sandbox-libraries',
      comment: 'Only libraries that are known to run in the sandbox.',
      severity: 'error',
      from: { path: SANDBOX },
      to: {
        path: '^node_modules/',
        pathNot: '^node_modules/(zod|humanize-duration|@types/humanize-duration|@temporalio/(workflow|common))/',
      },
    },
    { name: 'domain-knows-no-temporal', severity: 'error', from: { path: '^domain/' }, to: { path: '@temporalio' } },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^(domain|files|vmc|temporal|activities|workflows|client|cli|worker|simulator)/',
        pathNot: '\\.d\\.ts$',
      },
      to: {},
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'declared',
      comment: 'What runs in production is a declared dependency.',
      severity: 'error',
      from: { path: '^(domain|files|vmc|temporal|activities|workflows|client|cli|worker|simulator)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default', 'types'] },
  },
};
