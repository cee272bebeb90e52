import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, Response } from 'express';
import express, { Router } from 'express';
import { z } from 'zod';
import { faultSchema } from './faults';
import { scriptSchema } from './script';
import { settingsPatchSchema } from './settings';
import type { Simulation } from './simulation';
import { changeSettings, reset } from './simulation';

const newTaskSchema = z.strictObject({
  orgId: z.string().min(1),
  taskId: z.string().min(1).default(randomUUID),
  taskType: z.string().min(1).default('SDDC-PROVISION'),
  script: scriptSchema.prefault({}),
});

function refuse(response: Response, status: number, problems: string[]): void {
  response.status(status).json({ problems });
}

/** The parsed body, or null after an answer with all that is wrong with it. */
function checked<Schema extends z.ZodType>(schema: Schema, body: unknown, response: Response): z.output<Schema> | null {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  refuse(response, 400, problems);
  return null;
}

const refuseUnreadable: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) next(error);
  else refuse(response, 400, [`body: ${error instanceof Error ? error.message : 'cannot be read'}`]);
};

/** The simulator's own controls under `/_simulator`. They meet no faults and are not logged. */
export function createControls(simulation: Simulation): Router {
  return Router()
    .use(express.json({ type: () => true, limit: '10mb' }))
    .use(refuseUnreadable)
    .post('/tasks', (request, response) => {
      const newTask = checked(newTaskSchema, request.body, response);
      if (newTask === null) return;
      const task = simulation.tasks.add(newTask, simulation.now());
      if (task === null) refuse(response, 409, [`taskId: ${newTask.taskId} exists already in ${newTask.orgId}`]);
      else response.status(201).json(task);
    })
    .get('/tasks', (_request, response) => {
      response.json(simulation.tasks.fates(simulation.now()));
    })
    .post('/faults', (request, response) => {
      const fault = checked(faultSchema, request.body, response);
      if (fault !== null) response.status(201).json({ id: simulation.faults.add(fault) });
    })
    .get('/calls', (_request, response) => {
      response.json(simulation.calls.all());
    })
    .patch('/settings', (request, response) => {
      const patch = checked(settingsPatchSchema, request.body, response);
      if (patch === null) return;
      changeSettings(simulation, patch);
      response.json(simulation.settings);
    })
    .delete('/', (_request, response) => {
      reset(simulation);
      response.json({});
    });
}
