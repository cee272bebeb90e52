import { defineQuery, defineUpdate } from '@temporalio/workflow';
import { PROGRESS_QUERY, UPDATES } from '../domain/contract/names';
import type { CancelTaskProgress } from '../domain/contract/result';
import type { ExtendDeadlineArgument, OperatorArgument, StopMonitoringArgument } from '../domain/contract/updates';

export const progressQuery = defineQuery<CancelTaskProgress>(PROGRESS_QUERY);
export const pollNowUpdate = defineUpdate<CancelTaskProgress, [OperatorArgument?]>(UPDATES.pollNow);
export const reissueCancelUpdate = defineUpdate<CancelTaskProgress, [OperatorArgument?]>(UPDATES.reissueCancel);
export const extendDeadlineUpdate = defineUpdate<CancelTaskProgress, [ExtendDeadlineArgument]>(UPDATES.extendDeadline);
export const stopMonitoringUpdate = defineUpdate<CancelTaskProgress, [StopMonitoringArgument?]>(UPDATES.stopMonitoring);
