import { createInterface } from 'node:readline';

/** The answer to a prompt: a line, the end of the input, or Ctrl-C. */
export type Answer = { kind: 'typed'; text: string } | { kind: 'ended' } | { kind: 'interrupted' };

export interface Terminal {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
}

export async function prompt(question: string, { input, output }: Terminal): Promise<Answer> {
  const lines = createInterface({ input, output });
  try {
    return await new Promise<Answer>((resolve) => {
      /** Nothing was entered, so the cursor is still on the question's line. */
      const leave = (answer: Answer) => {
        output.write('\n');
        resolve(answer);
      };
      const left = () => {
        leave({ kind: 'ended' });
      };
      lines.once('close', left);
      lines.once('SIGINT', () => {
        lines.off('close', left);
        leave({ kind: 'interrupted' });
      });
      lines.question(question, (text) => {
        lines.off('close', left);
        resolve({ kind: 'typed', text: text.trim() });
      });
    });
  } finally {
    lines.close();
  }
}
