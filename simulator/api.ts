import type { Request } from 'express';
import { Router } from 'express';
import type { Answer } from './answer';
import { errorResponse, gatewayError } from './answer';
import type { Handle, RouteIds } from './exchange';
import { exchange } from './exchange';
import type { ParsedFilter } from './filter';
import { parseFilter } from './filter';
import type { Simulation } from './simulation';

interface OrgIds extends RouteIds {
  org: string;
}
interface TaskIds extends OrgIds {
  task: string;
}

function pathOf(request: Request<OrgIds>): string {
  return request.baseUrl + request.path;
}

function noSuchTask(request: Request<TaskIds>): Answer {
  const { org, task } = request.params;
  return errorResponse(404, pathOf(request), 'TASK_NOT_FOUND', `There is no task ${task} in the organization ${org}.`);
}

/** The VMC API, to be mounted under `/vmc/api`. */
export function createApi(simulation: Simulation): Router {
  const signedIn =
    <Ids extends RouteIds>(handle: Handle<Ids>): Handle<Ids> =>
    (request) =>
      simulation.accessTokens.isValid(request.get('csp-auth-token') ?? '', simulation.now())
        ? handle(request)
        : gatewayError(401, 'Unauthorized');

  const listTasks: Handle<OrgIds> = (request) => {
    const { $filter } = request.query;
    const tasks = simulation.tasks.list(request.params.org, simulation.now());
    if ($filter === undefined || $filter === '') return { status: 200, body: tasks };
    const filter: ParsedFilter =
      typeof $filter === 'string' ? parseFilter($filter) : { ok: false, problem: 'there is more than one' };
    return filter.ok
      ? { status: 200, body: tasks.filter(filter.matches) }
      : errorResponse(400, pathOf(request), 'INVALID_FILTER', `Invalid $filter: ${filter.problem}.`);
  };

  const getTask: Handle<TaskIds> = (request) => {
    const task = simulation.tasks.get(request.params.org, request.params.task, simulation.now());
    return task === null ? noSuchTask(request) : { status: 200, body: task };
  };

  const cancelTask: Handle<TaskIds> = (request) => {
    if (request.query.action !== 'cancel')
      return errorResponse(400, pathOf(request), 'INVALID_ACTION', 'Invalid action or bad argument.');
    const canceled = simulation.tasks.cancel(request.params.org, request.params.task, simulation.now());
    if (canceled === null) return noSuchTask(request);
    const { effect, task } = canceled;
    switch (effect) {
      case 'accepted':
      case 'unchanged':
        return { status: 200, body: task };
      case 'declined':
      case 'over':
        return errorResponse(
          400,
          pathOf(request),
          'TASK_NOT_CANCELABLE',
          `Cannot cancel task: ${task.id} in ${task.status} state.`,
        );
    }
  };

  return Router()
    .get('/orgs/:org/tasks', exchange(simulation, 'listTasks', signedIn(listTasks)))
    .get('/orgs/:org/tasks/:task', exchange(simulation, 'getTask', signedIn(getTask)))
    .post('/orgs/:org/tasks/:task', exchange(simulation, 'cancelTask', signedIn(cancelTask)));
}
