async function f(): void {}
