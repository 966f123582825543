// Node's file system, by callbacks, promises and streams: each way takes libuv's threads.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { appendFile, copyFile, mkdir, open, readdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";

const folder = mkdtempSync(join(tmpdir(), "files-"));
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

await Promise.all(Array.from({ length: 40 }, (_, index) => writeFile(join(folder, `small-${index}`), `${index}\n`.repeat(index))));
console.log("files", readdirSync(folder).length, (await readdir(folder)).sort().slice(0, 3).join(" "));

const large = Buffer.alloc(3_000_000, "0123456789abcdef");
await writeFile(join(folder, "large"), large);
await pipeline(createReadStream(join(folder, "large")), createGzip(), createWriteStream(join(folder, "large.gz")));
await pipeline(createReadStream(join(folder, "large.gz")), createGunzip(), createWriteStream(join(folder, "back")));
console.log("streams", digest(readFileSync(join(folder, "back"))) === digest(large), statSync(join(folder, "large")).size);

await mkdir(join(folder, "a/b/c"), { recursive: true });
await symlink("../large", join(folder, "a/link"));
await rename(join(folder, "small-39"), join(folder, "a/b/c/moved"));
await copyFile(join(folder, "a/link"), join(folder, "a/copy"));
await truncate(join(folder, "a/copy"), 1000);
await appendFile(join(folder, "a/copy"), "end");
console.log("tree", (await readdir(join(folder, "a"), { recursive: true })).sort().join(" "), (await stat(join(folder, "a/copy"))).size);

const file = await open(join(folder, "positioned"), "w+");
await file.write("hello", 10);
await file.write("HELLO", 0);
await file.sync();
const { bytesRead, buffer } = await file.read(Buffer.alloc(32), 0, 32, 0);
await file.close();
console.log("positioned", bytesRead, JSON.stringify(buffer.toString("latin1", 0, bytesRead)));

for (const path of ["absent", "large/below"]) {
  await readFile(join(folder, path)).catch((error) => console.log(error.code, error.syscall, error.errno));
}
await rm(folder, { recursive: true });
console.log("gone", !existsSync(folder));
