export { cancelTask } from './cancelTask';
export { preflight } from './preflight';
