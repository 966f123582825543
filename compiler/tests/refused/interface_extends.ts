interface A {
  a(): void;
}
export interface B extends A {
  b(): void;
}
