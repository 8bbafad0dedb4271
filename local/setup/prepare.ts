import { dynamodbJars, kafkaClasspath, workerJars } from "./jars.ts";
import { motoServer } from "./python.ts";
import { trainClassData } from "./train-class-data.ts";

// Before any command that starts servers; each says so when it has to fetch or make something, and is instant when it need not.
await kafkaClasspath();
await workerJars();
await dynamodbJars();
await motoServer();
await trainClassData();
