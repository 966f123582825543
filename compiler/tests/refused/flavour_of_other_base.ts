type Port = Flavour<u16, "Port">;
export function f(value: u64): Port {
  return value as Port;
}
