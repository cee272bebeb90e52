import { describe, expect, it } from '@jest/globals';
import { HandClock } from '../../../development/handClock';
import { ServerClock } from './clock';

function clocks() {
  const machine = new HandClock();
  const server = new ServerClock(machine);
  server.told(1_000);
  const called: number[] = [];
  const stop = server.after(500, () => {
    called.push(server.nowMs());
  });
  return { machine, server, called, stop };
}

describe('the time of a server that skips time', () => {
  it('goes on as the machine does, and jumps where it is told so', () => {
    const { machine, server } = clocks();
    machine.advance(200);
    expect(server.nowMs()).toBe(1_200);
    server.told(90_000);
    machine.advance(10);
    expect(server.nowMs()).toBe(90_010);
  });

  it('never goes back', () => {
    const { server } = clocks();
    server.told(400);
    expect(server.nowMs()).toBe(1_000);
  });

  it('calls back once, by the machine or by a jump, whichever is first', () => {
    const { machine, server, called } = clocks();
    machine.advance(499);
    expect(called).toEqual([]);
    machine.advance(1);
    expect(called).toEqual([1_500]);
    const { called: byJump, machine: other, server: jumping } = clocks();
    jumping.told(5_000);
    other.advance(600);
    expect(byJump).toEqual([5_000]);
    server.told(9_000);
    expect(called).toEqual([1_500]);
  });

  it('calls nobody back who has left', () => {
    const { server, machine, called, stop } = clocks();
    stop();
    server.told(5_000);
    machine.advance(1_000);
    expect(called).toEqual([]);
  });
});
