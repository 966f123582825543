// The least that a Node program does.
console.log("hello from node", process.versions.node, process.arch, process.argv.slice(2).join(" "));
