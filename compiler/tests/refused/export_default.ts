export default function f(): void {}
