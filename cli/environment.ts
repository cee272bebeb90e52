import { cleanEnvironment } from '../domain/settings/environment';
import { createScrubber, secretsIn } from '../temporal/secrets';
import { readTemporalSettings } from '../temporal/settings';

/** What this process was given, read once: Temporal's profile file may be a pipe. */
export const environment = cleanEnvironment(process.env);
export const temporalSettings = readTemporalSettings(environment);
const { secrets } = temporalSettings.ok ? temporalSettings.value : { secrets: [] };
/** Blanks every credential of the environment in a line. */
export const scrub = createScrubber([...secretsIn(environment), ...secrets]);
