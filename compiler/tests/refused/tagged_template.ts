function tag(parts: TemplateStringsArray): u32 {
  return 1;
}
export function f(): u32 {
  return tag`text`;
}
