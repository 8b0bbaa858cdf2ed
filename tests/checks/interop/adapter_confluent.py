"""confluent-kafka as a command: `produce TOPIC`, `consume TOPIC GROUP COUNT`, `member TOPIC GROUP`.

Also the reference for what the others do: `create TOPIC...` and `read TOPIC`.
"""

import os
import signal
import sys

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

CONFIG = {
    "bootstrap.servers": os.environ["KAFKA_SERVER"],
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "SCRAM-SHA-512",
    "sasl.username": os.environ["KAFKA_USER"],
    "sasl.password": os.environ["KAFKA_PASSWORD"],
    "ssl.ca.location": os.environ["KAFKA_CA"],
}
GROUP = {
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
    "session.timeout.ms": 10_000,
    "heartbeat.interval.ms": 500,
}


def create(*topics: str) -> None:
    """Creates topics of two partitions."""
    admin = AdminClient(CONFIG)
    for future in admin.create_topics([NewTopic(topic, 2, 1) for topic in topics]).values():
        future.result(20)


def read(topic: str) -> None:
    """Prints the values of a topic, without a group."""
    consumer = Consumer({**CONFIG, "group.id": "reference"})
    for partition in (0, 1):
        _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=20)
        consumer.assign([TopicPartition(topic, partition, 0)])
        while end > 0:
            message = checked(consumer.poll(20))
            print(message.value().decode())
            end -= 1
    consumer.close()


def produce(topic: str) -> None:
    """Sends standard input, a record a line: key, colon, value."""
    refused = []
    producer = Producer({**CONFIG, "message.timeout.ms": 8000, "error_cb": refused.append})
    failures = []
    for line in sys.stdin:
        key, value = line.rstrip("\n").split(":", 1)
        producer.produce(topic, value, key, on_delivery=lambda error, _: error and failures.append(error))
    left = producer.flush(10)
    if left or failures:
        raise SystemExit(f"{left} records are left: {[error.str() for error in [*failures[:1], *refused[:2]]]}")


def consume(topic: str, group: str, count: str) -> None:
    """Prints and commits this many records."""
    consumer = Consumer({**CONFIG, **GROUP, "group.id": group})
    consumer.subscribe([topic])
    last = None
    for _ in range(int(count)):
        last = checked(consumer.poll(30))
        print(last.value().decode())
        consumer.commit(last, asynchronous=False)
    consumer.close()


def member(topic: str, group: str) -> None:
    """Prints its partitions whenever they change, until it is ended."""
    consumer = Consumer({**CONFIG, **GROUP, "group.id": group})

    def assigned(_, partitions) -> None:
        print("assigned", *(partition.partition for partition in partitions), flush=True)

    running = [True]
    signal.signal(signal.SIGTERM, lambda *_: running.clear())
    consumer.subscribe([topic], on_assign=assigned)
    while running:
        consumer.poll(0.1)
    consumer.close()


def checked(message):
    """Returns a message that is one."""
    if message is None:
        raise SystemExit("no record came")
    if message.error() and message.error().code() != KafkaError._PARTITION_EOF:
        raise SystemExit(message.error().str())
    return message


if __name__ == "__main__":
    {"create": create, "read": read, "produce": produce, "consume": consume, "member": member}[sys.argv[1]](*sys.argv[2:])
