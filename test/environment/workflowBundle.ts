import path from 'node:path';

/** Where the run's one bundle of the workflows lies: every test file's worker starts from it in milliseconds. */
export const WORKFLOW_BUNDLE_PATH = path.join(__dirname, '..', '..', '.cache', 'test', 'workflow-bundle.js');
