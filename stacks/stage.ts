import { alarmEvents } from "./alarm-events.ts";
import { alarms } from "./alarms.ts";
import { api } from "./api.ts";
import { dashboard } from "./dashboard.ts";
import { functions } from "./functions.ts";
import { machines } from "./machines.ts";
import { messaging } from "./messaging.ts";
import { network } from "./network.ts";
import { readStage } from "./read-stage.ts";
import { schedules } from "./schedules.ts";
import { stoppedWorkers } from "./stopped-workers.ts";
import { storage } from "./storage.ts";
import { teardownFirst } from "./teardown-first.ts";
import { workers } from "./workers.ts";

/** All of one stage, concern by concern. */
export async function defineStage() {
  const stage = await readStage();
  const net = network(stage);
  const store = storage(stage);
  const queues = messaging(stage, store);
  const home = await workers(stage, net);
  stoppedWorkers(stage, { home, queues });
  const code = functions(stage, { net, store, queues, home });
  const flow = machines(stage, code);
  const times = schedules(stage, { code, queues });
  const apis = api(stage, code);
  alarmEvents(stage, { code, queues });
  alarms(stage, { flow, apis, queues });
  dashboard(stage);
  await teardownFirst(stage, { home, times, store, code });
  return { ...apis.urls, tableName: store.table.name, alarmsTopic: queues.alarmsTopic.arn };
}
