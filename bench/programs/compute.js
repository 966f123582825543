// A benchmark of the processor for Node: numbers, objects, strings and collections in about equal parts. `compute.js SECONDS-WORTH`.

function sieve(limit) {
  const composite = new Uint8Array(limit + 1);
  let count = 0;
  for (let number = 2; number <= limit; number++) {
    if (composite[number]) continue;
    count++;
    for (let multiple = number * number; multiple <= limit; multiple += number) composite[multiple] = 1;
  }
  return count;
}

function orbit(steps) {
  const bodies = Array.from({ length: 5 }, (_, index) => ({ x: index, y: index * 0.5, vx: 0, vy: 0.1 * index, mass: 1 / (index + 1) }));
  for (let step = 0; step < steps; step++) {
    for (const body of bodies) {
      for (const other of bodies) {
        if (body === other) continue;
        const [dx, dy] = [other.x - body.x, other.y - body.y];
        const force = (other.mass * 0.001) / (dx * dx + dy * dy + 0.01) ** 1.5;
        body.vx += dx * force;
        body.vy += dy * force;
      }
    }
    for (const body of bodies) {
      body.x += body.vx * 0.001;
      body.y += body.vy * 0.001;
    }
  }
  return bodies[0].x;
}

function words(count) {
  const seen = new Map();
  let state = 1;
  for (let index = 0; index < count; index++) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    const word = `word${state % 5000}`;
    seen.set(word, (seen.get(word) ?? 0) + 1);
  }
  return [...seen.entries()].sort(([, left], [, right]) => right - left || 0)[0][1];
}

function tree(depth) {
  return depth === 0 ? { left: null, right: null } : { left: tree(depth - 1), right: tree(depth - 1) };
}

function nodes(root) {
  return root.left === null ? 1 : 1 + nodes(root.left) + nodes(root.right);
}

const rounds = Number(process.argv[2] ?? 10);
let check = 0;
for (let round = 0; round < rounds; round++) {
  check += sieve(8_000_000) + words(1_500_000) + nodes(tree(18)) + Math.round(orbit(300_000) * 1e6);
}
console.log("result", check);
