function start(): u32 {
  return 5;
}
export let counter: u32 = start();
