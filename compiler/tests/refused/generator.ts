function* f(): u32 {
  yield 1;
}
