// An interface value calls the methods of the object's own class.
import { print } from "prelude/host.ts";
interface Animal {
  name(): string;
  legs(extra: u32): u32;
}
class Dog implements Animal {
  name(): string {
    return "dog";
  }
  legs(extra: u32): u32 {
    return 4 + extra;
  }
}
class Bird implements Animal {
  feathers: u32 = 100;
  legs(extra: u32): u32 {
    this.feathers--;
    return 2 * extra;
  }
  name(): string {
    return "bird";
  }
}
function describe(animal: Animal): void {
  print(`${animal.name()} ${animal.legs(1)}`);
}
export function main(): void {
  const dog = new Dog();
  const bird = new Bird();
  describe(dog);
  describe(bird);
  let current: Animal = dog;
  describe(current);
  current = bird;
  describe(current);
  print(`${bird.feathers}`);
}
