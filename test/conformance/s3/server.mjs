// An S3 server as a process: node server.mjs DIRECTORY PORT BUCKET. Says "ready" once it listens.
import S3rver from "@20minutes/s3rver";

const [, , directory, port, bucket] = process.argv;
const server = new S3rver({
  address: "127.0.0.1",
  port: Number(port),
  directory,
  silent: true,
  vhostBuckets: false,
  configureBuckets: [{ name: bucket, configs: [] }],
});
await server.run();
console.log("ready");
