export { cancelTask } from './cancelTask';
