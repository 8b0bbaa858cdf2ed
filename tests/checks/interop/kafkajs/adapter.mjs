// kafkajs as a command: `produce TOPIC`, `consume TOPIC GROUP COUNT`, `member TOPIC GROUP`.
import { readFileSync } from "node:fs";
import { Kafka, logLevel } from "kafkajs";

const { KAFKA_SERVER, KAFKA_CA, KAFKA_USER, KAFKA_PASSWORD } = process.env;
const kafka = new Kafka({
  brokers: [KAFKA_SERVER],
  ssl: { ca: [readFileSync(KAFKA_CA, "utf8")] },
  sasl: { mechanism: "scram-sha-512", username: KAFKA_USER, password: KAFKA_PASSWORD },
  logLevel: logLevel.NOTHING,
  retry: { retries: 2 },
});

// Sends standard input, a record a line: key, colon, value.
async function produce(topic) {
  const messages = readFileSync(0, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => ({ key: line.slice(0, line.indexOf(":")), value: line.slice(line.indexOf(":") + 1) }));
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages });
  await producer.disconnect();
}

function joined(topic, groupId) {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 10_000, heartbeatInterval: 500, retry: { retries: 10 } });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    if (process.argv[2] === "member") console.log("assigned", ...(payload.memberAssignment[topic] ?? []));
  });
  return consumer;
}

// Prints and commits this many records.
async function consume(topic, group, count) {
  const consumer = joined(topic, group);
  let left = Number(count);
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`${left} records did not come`)), 30_000).unref();
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer
      .run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
          if (left === 0) return;
          console.log(message.value.toString());
          await consumer.commitOffsets([{ topic, partition, offset: String(Number(message.offset) + 1) }]);
          left -= 1;
          if (left === 0) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
}

// Prints its partitions whenever they change, until it is ended.
async function member(topic, group) {
  const consumer = joined(topic, group);
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async () => {} });
  await new Promise((resolve) => process.once("SIGTERM", resolve));
  await consumer.disconnect();
}

try {
  await { produce, consume, member }[process.argv[2]](...process.argv.slice(3));
  process.exit(0);
} catch (error) {
  console.error(String(error));
  process.exit(1);
}
