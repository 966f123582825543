function f(value: any): void {}
