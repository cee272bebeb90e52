import { createInterface } from 'node:readline';

/** What was answered to a question on the terminal: a text, nothing (the input ended), or Ctrl-C. */
export type Answer = { kind: 'typed'; text: string } | { kind: 'ended' } | { kind: 'interrupted' };

export interface Terminal {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
}

export async function asked(question: string, { input, output }: Terminal): Promise<Answer> {
  const lines = createInterface({ input, output });
  try {
    return await new Promise<Answer>((resolve) => {
      lines.once('SIGINT', () => {
        resolve({ kind: 'interrupted' });
      });
      lines.once('close', () => {
        resolve({ kind: 'ended' });
      });
      lines.question(question, (text) => {
        resolve({ kind: 'typed', text: text.trim() });
      });
    });
  } finally {
    lines.close();
  }
}
