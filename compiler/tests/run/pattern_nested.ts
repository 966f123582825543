// Patterns nest, in declarations and in for…of.
import { print } from "prelude/host.ts";
type Size = { readonly width: u32; readonly height: u32 };
function both(): [Size, [u8, string]] {
  return [{ width: 3, height: 4 }, [5, "five"]];
}
export function main(): void {
  const [{ width, height: rows }, [digit, name]] = both();
  print(`${width} ${rows} ${digit} ${name}`);
  const sizes: FixedArray<Size, 2> = [
    { width: 1, height: 2 },
    { width: 3, height: 4 },
  ];
  let area: u32 = 0;
  for (const { width, height } of sizes) area += width * height;
  print(`${area}`);
}
