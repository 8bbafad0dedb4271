import { dynamodbFolder, kafkaClasspath, workerJars } from "./jars.ts";
import { motoServer } from "./python.ts";

// Before any command that starts servers; each says so when it has to fetch, and is instant when it need not.
await kafkaClasspath();
await workerJars();
await dynamodbFolder();
await motoServer();
