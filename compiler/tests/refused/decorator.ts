function mark(target: unknown, context: unknown): void {}
@mark
export class Box {}
