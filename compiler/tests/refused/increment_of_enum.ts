const enum Level {
  Low,
  High,
}
export function f(level: Level): Level {
  level++;
  return level;
}
