// A switch over an enum with all its members needs no default.
import { print } from "prelude/host.ts";
const enum Direction {
  North,
  East,
  South,
  West,
}
function turn(direction: Direction): Direction {
  switch (direction) {
    case Direction.North:
      return Direction.East;
    case Direction.East:
      return Direction.South;
    case Direction.South:
      return Direction.West;
    case Direction.West:
      return Direction.North;
  }
}
export function main(): void {
  let direction = Direction.North;
  for (let i: u32 = 0; i < 5; i++) direction = turn(direction);
  print(`${u32(direction)}`);
}
