/** One line a change, for a log or a pipe: a line equal to the subject's last one is left out. */
export class ChangeLines<Subject> {
  private readonly printed = new Map<Subject, string>();

  constructor(private readonly write: (line: string) => void) {}

  print(subject: Subject, line: string): void {
    if (this.printed.get(subject) !== line) this.write(line);
    this.printed.set(subject, line);
  }
}
