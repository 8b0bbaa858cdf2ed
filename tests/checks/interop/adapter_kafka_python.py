"""kafka-python as a command: `produce TOPIC`, `consume TOPIC GROUP COUNT`, `member TOPIC GROUP`."""

import logging
import os
import signal
import sys

from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer
from kafka.structs import OffsetAndMetadata, TopicPartition

# Why it cannot connect is only in its log.
logging.basicConfig(level=logging.WARNING)

CONFIG = {
    "bootstrap_servers": os.environ["KAFKA_SERVER"],
    "security_protocol": "SASL_SSL",
    "sasl_mechanism": "SCRAM-SHA-512",
    "sasl_plain_username": os.environ["KAFKA_USER"],
    "sasl_plain_password": os.environ["KAFKA_PASSWORD"],
    "ssl_cafile": os.environ["KAFKA_CA"],
    "bootstrap_timeout_ms": 10_000,
}
GROUP = {
    "auto_offset_reset": "earliest",
    "enable_auto_commit": False,
    "session_timeout_ms": 10_000,
    "heartbeat_interval_ms": 500,
}


def produce(topic: str) -> None:
    """Sends standard input, a record a line: key, colon, value."""
    producer = KafkaProducer(**CONFIG, max_block_ms=10_000)
    sent = []
    for line in sys.stdin:
        key, value = line.rstrip("\n").split(":", 1)
        sent.append(producer.send(topic, value.encode(), key.encode()))
    producer.flush(10)
    for future in sent:
        future.get(10)


def consume(topic: str, group: str, count: str) -> None:
    """Prints and commits this many records."""
    consumer = KafkaConsumer(topic, group_id=group, consumer_timeout_ms=30_000, **CONFIG, **GROUP)
    left = int(count)
    for message in consumer:
        print(message.value.decode())
        place = TopicPartition(message.topic, message.partition)
        consumer.commit({place: OffsetAndMetadata(message.offset + 1, "", -1)})
        left -= 1
        if left == 0:
            break
    consumer.close()
    if left:
        raise SystemExit(f"{left} records did not come")


class Listener(ConsumerRebalanceListener):
    """Prints what the member has."""

    def on_partitions_revoked(self, revoked) -> None:
        """Does nothing: what it has next is printed."""

    def on_partitions_assigned(self, assigned) -> None:
        """Prints all of it."""
        print("assigned", *(partition.partition for partition in assigned), flush=True)


def member(topic: str, group: str) -> None:
    """Prints its partitions whenever they change, until it is ended."""
    consumer = KafkaConsumer(group_id=group, **CONFIG, **GROUP)
    running = [True]
    signal.signal(signal.SIGTERM, lambda *_: running.clear())
    consumer.subscribe([topic], listener=Listener())
    while running:
        consumer.poll(100)
    consumer.close()


if __name__ == "__main__":
    {"produce": produce, "consume": consume, "member": member}[sys.argv[1]](*sys.argv[2:])
