"""aiokafka as a command: `produce TOPIC`, `consume TOPIC GROUP COUNT`, `member TOPIC GROUP`."""

import asyncio
import os
import signal
import ssl
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition

GROUP = {
    "auto_offset_reset": "earliest",
    "enable_auto_commit": False,
    "session_timeout_ms": 10_000,
    "heartbeat_interval_ms": 500,
}


def config() -> dict:
    """Returns how to connect."""
    return {
        "bootstrap_servers": os.environ["KAFKA_SERVER"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": os.environ["KAFKA_USER"],
        "sasl_plain_password": os.environ["KAFKA_PASSWORD"],
        "ssl_context": ssl.create_default_context(cafile=os.environ["KAFKA_CA"]),
    }


async def produce(topic: str) -> None:
    """Sends standard input, a record a line: key, colon, value."""
    producer = AIOKafkaProducer(**config())
    await producer.start()
    try:
        for line in sys.stdin:
            key, value = line.rstrip("\n").split(":", 1)
            await producer.send_and_wait(topic, value.encode(), key.encode())
    finally:
        await producer.stop()


async def consume(topic: str, group: str, count: str) -> None:
    """Prints and commits this many records."""
    consumer = AIOKafkaConsumer(topic, group_id=group, **config(), **GROUP)
    await consumer.start()
    try:
        for _ in range(int(count)):
            message = await asyncio.wait_for(consumer.getone(), 30)
            print(message.value.decode())
            await consumer.commit({TopicPartition(message.topic, message.partition): message.offset + 1})
    finally:
        await consumer.stop()


class Listener(ConsumerRebalanceListener):
    """Prints what the member has."""

    def on_partitions_revoked(self, revoked) -> None:
        """Does nothing: what it has next is printed."""

    def on_partitions_assigned(self, assigned) -> None:
        """Prints all of it."""
        print("assigned", *(partition.partition for partition in assigned), flush=True)


async def member(topic: str, group: str) -> None:
    """Prints its partitions whenever they change, until it is ended."""
    consumer = AIOKafkaConsumer(group_id=group, **config(), **GROUP)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    consumer.subscribe([topic], listener=Listener())
    await consumer.start()
    try:
        await ended.wait()
    finally:
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run({"produce": produce, "consume": consume, "member": member}[sys.argv[1]](*sys.argv[2:]))
